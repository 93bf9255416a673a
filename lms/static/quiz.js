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

  const received = (sent, answer) => {
    const left = queue();
    for (const position of [...answer.saved, ...answer.late].map(String)) {
      if (String(left[position]) === String(sent[position])) delete left[position];
    }
    setQueue(left);
    for (const position of answer.saved.map(String)) {
      saved.add(position);
      if (!form) continue;
      const seen = new URLSearchParams(form.seen.value);
      seen.delete(position);
      sent[position].forEach((value) => seen.append(position, value));
      form.seen.value = seen;
    }
    note = answer.message || "";
    setEnd(answer.server_time);
  };

  const post = async (mayRenew = true) => {
    const sent = queue();
    if (!Object.keys(sent).length) return;
    const reply = await fetch(d.save, {
      method: "POST",
      headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify({ operation: operation(), attempt: Number(d.attempt), answers: sent }),
    });
    if (reply.ok) {
      received(sent, await reply.json());
      if (waiting().length) await post();
    } else if (reply.status === 400 || reply.status === 401) {
      await reply.text(); // an answer that nobody reads keeps the line busy
      if (mayRenew && await renew()) await post(false);
    } else {
      note = (await reply.json().catch(() => ({}))).error || d.wait;
    }
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
    for (const [position, values] of Object.entries(queue())) {
      values.forEach((value) => {
        const choice = [...form.elements[`q${position}`] || []].find((input) => input.value === value);
        if (choice) choice.checked = true;
      });
    }
    form.addEventListener("change", ({ target: { name } }) => {
      if (!/^q\d+$/.test(name)) return;
      setQueue({ ...queue(), [name.slice(1)]: new FormData(form).getAll(name) });
      setTimeout(show, 800);
      send();
    });
    form.addEventListener("submit", async (event) => {
      if (!waiting().length && navigator.onLine) return;
      event.preventDefault();
      await send();
      if (!waiting().length && navigator.onLine) form.requestSubmit(event.submitter);
      else { note = note || d.wait; show(); }
    });
    if (timer) { setEnd(d.now); tick(); }
  }
  const retry = async () => {
    if (!waiting().length) return;
    await send();
    if (!form && !note && !waiting().length) location.reload();
  };
  addEventListener("online", retry);
  document.addEventListener("visibilitychange", () => document.hidden || retry());
  setInterval(retry, 15000);
  show();
  retry();
})();
