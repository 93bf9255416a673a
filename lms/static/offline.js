// What a poor line and a shared phone ask of every page: what is unsent waits, under the person's id, and is sent once; what is
// kept says from when it is; and at sign-out nothing of this person stays, nothing unsent being thrown away unasked.
(() => {
  const { person, store, warning, worker, shell, held, queued, sent, unsent } = document.currentScript.dataset;
  const own = document.currentScript.src, tool = shell?.replace("offline", "static/keep.js"), mine = `segin:unsent:${person}:`, forms = `${mine}form:`, main = document.querySelector("main");
  const keys = (start) => { try { return Object.keys(localStorage).filter((key) => key.startsWith(start)); } catch { return []; } };
  const forget = (key) => localStorage.removeItem(key);
  const clock = (time) => new Date(time).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
  const shown = {};
  const say = (place, text, kind = "info") => {
    if (!text) { shown[place]?.remove(); delete shown[place]; return; }
    const box = shown[place] ||= document.createElement("div");
    box.className = `banner banner-${kind}`;
    box.setAttribute("role", "status");
    const line = document.createElement("p");
    line.textContent = text;
    box.replaceChildren(line);
    if (!box.isConnected) main.prepend(box);
  };

  const failed = () => {
    say("failed", unsent, "warning");
    shown.failed.scrollIntoView({ block: "center" });
  };

  // How much longer than others a page waits before it tries again what did not go: where data is saved there is no shell.
  self.patience = shell ? 1 : 8;

  // What a form could not send waits under the id of its operation, by which the server takes it once.
  const read = (key) => JSON.parse(localStorage.getItem(key));
  const wait = (form) => {
    if (!form.reportValidity()) return;
    const data = new URLSearchParams(new FormData(form));
    const entry = { action: form.action, title: form.dataset.queue, page: location.href, at: Date.now(), body: `${data}` };
    try { localStorage.setItem(forms + data.get("operation"), JSON.stringify(entry)); } catch { return failed(); }
    form.reset();
    form.operation.value = "";
    forget(`segin:unsent:${form.dataset.message}`); // what lms/static/forums.js kept of it
    tell();
    shown.queue.scrollIntoView({ block: "center" });
  };
  let note = "", flight, isHere;
  const tell = () => {
    const entries = keys(forms).map(read), bad = entries.find((entry) => entry.refused);
    const titles = entries.map((entry) => entry.title).join(", ");
    say("queue", bad ? `${bad.title}: ${bad.refused}` : titles ? queued.replace("{}", titles) : note, titles ? "warning" : "success");
    dispatchEvent(new Event("segin:queue"));
  };
  const send = async () => {
    for (const key of keys(forms)) {
      const entry = read(key), body = new URLSearchParams(entry.body);
      if (entry.refused) continue;
      body.set("csrf_token", document.querySelector("[name=csrf_token]").value);
      const reply = await fetch(entry.action, { method: "POST", body, redirect: "manual", headers: { Accept: "application/json" } });
      if (reply.ok || reply.type === "opaqueredirect") {
        forget(key);
        isHere ||= entry.page === location.href;
        note = sent.replace("{}", clock(Date.now()));
      } else if ([400, 401, 429].includes(reply.status) || reply.status > 499) {
        return; // it waits: for a new sign-in, or for the server
      } else {
        entry.refused = (await reply.json().catch(() => ({}))).error || reply.status;
        localStorage.setItem(key, JSON.stringify(entry));
      }
    }
  };
  const flush = () => {
    if (keys(forms).length && navigator.onLine) flight ??= send().catch(() => {}).finally(() => {
      flight = null;
      if (isHere) location.reload(); // what was sent from this page stands in it now
      else tell();
    });
  };

  const hide = (form, name) => form.append(Object.assign(document.createElement("input"), { type: "hidden", name }));
  let last;
  if (person) document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "post") last = form;
    if (/\/(sign-out|sessions\/end)$/.test(form.action)) {
      if (!navigator.onLine) {
        event.preventDefault();
        return failed();
      }
      if (keys(mine).length && !confirm(warning)) return event.preventDefault();
      [...keys(mine), ...keys("segin:kept:")].forEach(forget);
      // The server may have the browser forget everything, unless somebody else's unsent words are here.
      if (!keys("segin:unsent:").length) hide(form, "clear");
    } else if (form.dataset.queue !== undefined) {
      if (!form.operation) hide(form, "operation");
      form.operation.value ||= `${Date.now()}-${Math.random()}`;
      if (!navigator.onLine) { event.preventDefault(); wait(form); }
    }
  });
  // Another person's list goes with what it lists, which the worker has removed.
  if (person) keys("segin:kept:").filter((key) => key !== `segin:kept:${store}`).forEach(forget);
  const { kept, missing } = document.documentElement.dataset;
  if (kept) say("kept", held.replace("{}", clock(kept)));
  // A bar at the foot of the screen that gets another line would cover what has the focus.
  const rise = new ResizeObserver(() => document.activeElement.matches(":not(body, textarea)") && document.activeElement.scrollIntoView({ block: "nearest" }));
  for (const bar of document.querySelectorAll(".editor-bar, .marking-foot")) rise.observe(bar);

  addEventListener("online", flush);
  if (keys(forms).length) tell();
  flush();

  const { serviceWorker } = navigator;
  if (!serviceWorker || !worker) return;
  serviceWorker.addEventListener("message", ({ data }) => {
    if (last?.action !== data) return;
    if (last.dataset.queue !== undefined) return wait(last);
    failed();
  });
  // The page that tells what is here when there is no network comes after everything else, a piece with each page.
  const isFirst = !serviceWorker.controller;
  addEventListener("load", async () => {
    await serviceWorker.register(worker, { updateViaCache: "all" });
    if (!person) return;
    if (isFirst) (await serviceWorker.ready).active.postMessage(store);
    if (!shell || kept || missing) return;
    const cache = await caches.open(`segin:${store}`);
    for (const file of [own, tool, document.querySelector("link[rel=stylesheet]").href, shell]) {
      if (await cache.match(file)) continue;
      const reply = await fetch(file);
      if (!reply.ok || reply.redirected) return;
      if (file === shell) await cache.delete(file, { ignoreSearch: true });
      await cache.put(file, reply);
      if (file === tool) return;
    }
  });
})();
