// Sends each answer as it is chosen. What cannot be sent waits on this device under the ids of person and attempt.
(() => {
  const bar = document.getElementById("quiz-sync");
  if (!bar) return;
  const d = bar.dataset, form = document.getElementById("quiz"), store = `segin:unsent:${d.person}:${d.attempt}`;
  const status = document.getElementById("quiz-status"), timer = document.getElementById("quiz-timer");
  const saved = new Set(d.saved.split(" ").filter(Boolean));
  let memory = {}, note = "", flight = null, token = d.token, end = 0, told = Infinity;

  const keep = (key, value) => {
    try { value === null ? localStorage.removeItem(key) : localStorage.setItem(key, value); } catch { /* memory only */ }
  };
  const recall = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const setQueue = (answers) => {
    memory = answers;
    keep(store, Object.keys(answers).length ? JSON.stringify(answers) : null);
  };
  const waiting = () => Object.keys(queue());
  const device = recall("segin:device") || Array.from(crypto.getRandomValues(new Uint8Array(8)), (b) => (b % 36).toString(36)).join("");
  keep("segin:device", device);
  const remembers = recall("segin:device") === device;
  const queue = () => (remembers ? JSON.parse(recall(store) || "{}") : memory);
  let count = 0;
  const operation = () => {
    count = Math.max(count, Number(recall("segin:count"))) + 1;
    keep("segin:count", count);
    return `${device}-${String(count).padStart(10, "0")}`;
  };

  const show = () => {
    const unsent = waiting();
    const arrived = [...saved].filter((position) => !unsent.includes(position)).length;
    const sentence = unsent.length ? d.unsent : arrived === Number(d.total) ? d.all : d.some;
    const words = { saved: arrived, total: d.total, unsent: unsent.length };
    const text = `${sentence.replace(/\{(\w+)\}/g, (_, name) => words[name])} ${note}`.trim();
    if (status.textContent !== text) status.textContent = text;
    if (unsent.length || note) bar.hidden = false;
    document.getElementById("quiz-sign-in").hidden = note !== d.signIn;
  };

  // After a new sign-in the old token is void: this page, fetched again, has the new one, if it is the same person's.
  const renew = async () => {
    const page = new DOMParser().parseFromString(await (await fetch(d.page)).text(), "text/html");
    const fresh = page.getElementById("quiz-sync"), somebody = page.querySelector("[data-person]");
    note = somebody && somebody.dataset.person !== d.person ? d.other : d.signIn;
    if (!fresh || note === d.other) return false;
    token = fresh.dataset.token;
    document.querySelectorAll("[name=csrf_token]").forEach((field) => { field.value = token; });
    return true;
  };

  const received = (position, [operation, ...values], answer) => {
    const left = queue();
    if (left[position] && left[position][0] === operation) delete left[position];
    setQueue(left);
    if (answer.saved.length) {
      // An answer that was taken back or is only begun is on the server too, but it is no answer yet.
      const rest = (answer.unfinished || {})[position];
      rest === undefined ? saved.add(position) : saved.delete(position);
      if (!form) return;
      const said = document.getElementById(`q${position}-note`);
      if (said && said.textContent !== (rest || "")) said.textContent = rest || "";
      const seen = new URLSearchParams(form.seen.value);
      seen.delete(position);
      values.forEach((value) => seen.append(position, value));
      form.seen.value = seen;
    }
  };

  // One answer a packet, the oldest first, each under the id it was given when it was chosen: sent again, it is the same.
  const post = async (mayRenew = true) => {
    let refused = "";
    note = "";
    for (const tried = new Set();;) {
      const [position, entry] = Object.entries(queue()).filter(([, [id]]) => !tried.has(id)).sort(([, [a]], [, [b]]) => (a < b ? -1 : 1))[0] || [];
      if (!entry) break;
      tried.add(entry[0]);
      const reply = await fetch(d.save, {
        method: "POST",
        headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token },
        body: JSON.stringify({ operation: entry[0], attempt: Number(d.attempt), answers: { [position]: entry.slice(1) } }),
      });
      if (reply.ok) {
        const answer = await reply.json();
        d.ends = answer.ends || d.ends;
        setEnd(answer.server_time);
        refused = answer.message || refused;
        received(position, entry, answer);
      } else if (reply.status === 400 || reply.status === 401) {
        await reply.text(); // an answer that nobody reads keeps the line busy
        if (!mayRenew) { note = d.wait; return; }
        if (!await renew()) return;
        return post(false);
      } else {
        refused = (await reply.json().catch(() => ({}))).error || d.wait;
      }
    }
    note = refused;
  };
  const send = () => flight ??= post().catch(() => { note = d.offline; }).finally(() => { flight = null; show(); });

  const setEnd = (serverTime) => { end = performance.now() + Date.parse(d.ends) - Date.parse(serverTime); };
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    timer.textContent = d.left.replace("{}", `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`);
    const minutes = [5, 1].find((m) => left <= m * 60 && left > m * 60 - 5);
    if (minutes && minutes < told) { told = minutes; note = d.soon.replace("{}", minutes); show(); }
    if (left) setTimeout(tick, 1000);
    else send().finally(() => fetch(d.page).then(() => location.reload(), () => { note = d.offline; show(); }));
  };

  if (form) {
    const fill = (field, values) => {
      if (field.type === "radio" || field.type === "checkbox") field.checked = values.includes(field.value);
      else if (field.options) field.selectedIndex = Math.max(0, [...field.options].findIndex((one) => one.value && values.includes(one.value)));
      else if (field.type === "text") field.value = values[0] || "";
    };
    for (const [position, [, ...values]] of Object.entries(queue())) {
      form.querySelectorAll(`[name="q${position}"]`).forEach((field) => fill(field, values));
    }
    const last = {};
    let typing = 0, typed = "";
    const chosen = (name) => new FormData(form).getAll(name).filter((value) => value.trim());
    const take = (name) => {
      const values = chosen(name);
      if (last[name] === values.join()) return;
      last[name] = values.join();
      setQueue({ ...queue(), [name.slice(1)]: [operation(), ...values] });
      setTimeout(show, 800);
      send();
    };
    form.addEventListener("change", ({ target: { name } }) => { if (/^q\d+$/.test(name)) take(name); });
    // What is typed is sent when the field is left, and in the pauses before.
    form.addEventListener("input", ({ target: { name, type } }) => {
      clearTimeout(typing);
      if (type === "text" && /^q\d+$/.test(name)) typing = setTimeout(take, 2000, typed = name);
    });
    // A page that is closed in the middle of a word keeps it for the next time.
    addEventListener("pagehide", () => { if (typed) take(typed); });
    form.addEventListener("submit", async (event) => {
      if (!waiting().length && navigator.onLine) return;
      event.preventDefault();
      await send();
      if (!waiting().length && navigator.onLine) form.requestSubmit(event.submitter);
      else { note = note || d.wait; show(); }
    });
    // On a slow line people answer before this script has come: what differs from what the server showed is sent too.
    const shown = new URLSearchParams(form.seen.value);
    const differs = (name) => chosen(name).sort().join() !== shown.getAll(name.slice(1)).sort().join();
    for (const name of new Set([...form.elements].map((field) => field.name))) {
      if (/^q\d+$/.test(name) && !(name.slice(1) in queue()) && differs(name)) take(name);
    }
    if (timer) { setEnd(d.now); tick(); }
  }
  const retry = async () => {
    if (!waiting().length) return;
    await send();
    if (!form && !note && !waiting().length) location.reload();
  };
  addEventListener("online", retry);
  document.addEventListener("visibilitychange", () => document.hidden || retry());
  setInterval(retry, 15000 * (self.patience || 1));
  show();
  retry();
})();
