// Keeps modules on this device, shows what is kept and what waits to be sent.
(() => {
  const { person, store } = document.querySelector("script[data-store]").dataset, name = `segin:kept:${store}`;
  const lang = document.documentElement.lang;
  const kept = () => JSON.parse(localStorage.getItem(name) || "{}");
  const put = (all) => localStorage.setItem(name, JSON.stringify(all));
  const when = (time) => new Date(time).toLocaleString(lang, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
  if (!navigator.serviceWorker) return;

  const keep = async (address, say) => {
    const plan = await (await fetch(address, { headers: { Accept: "application/json" } })).json();
    const cache = await caches.open(`segin:${store}`), { files, shell, lasting } = plan;
    await navigator.serviceWorker.ready;
    const same = kept()[plan.key]?.digest === plan.digest;
    let done = 0;
    for (const file of files) {
      const had = await cache.match(file);
      // What came just now, before the line broke, need not come again; nor what changes only with the course.
      if (!had || !(file.includes("?v=") || (same && done < lasting) || Date.now() - Date.parse(had.headers.get("date").slice(0, 29)) < 6e5)) {
        const reply = await fetch(file);
        if (!reply.ok || reply.redirected) throw reply;
        if (file.startsWith(shell)) await cache.delete(shell, { ignoreSearch: true });
        await cache.put(file, reply);
      }
      say(Math.floor((100 * ++done) / files.length));
    }
    put({ ...kept(), [plan.key]: { ...plan, address, at: Date.now() } });
    navigator.storage?.persist?.();
  };
  const remove = async (key) => {
    const { [key]: gone, ...rest } = kept(), needed = new Set(Object.values(rest).flatMap(({ files }) => files));
    put(rest);
    const cache = await caches.open(`segin:${store}`);
    for (const file of gone.files) if (!needed.has(file) && !file.includes("?v=")) await cache.delete(file);
  };

  // On a module's page: the offer, or what is kept of it.
  for (const box of document.querySelectorAll("[data-keep]")) {
    const { keep: address, key, digest, at, progress, failed } = box.dataset, status = box.querySelector("[role=status]");
    const is = (state) => {
      box.dataset.state = state;
      for (const part of box.querySelectorAll("[data-when]")) part.hidden = !part.dataset.when.includes(state);
    };
    const show = () => {
      const entry = kept()[key];
      is(!entry ? "none" : entry.digest === digest ? "kept" : "old");
      status.textContent = entry ? at.replace("{}", when(entry.at)) : "";
    };
    const start = async () => {
      is("busy");
      try {
        await keep(address, (percent) => { status.textContent = progress.replace("{}", percent); });
        show();
      } catch { show(); status.textContent = failed; }
    };
    const [fetches, removes] = box.querySelectorAll("button");
    fetches.addEventListener("click", () => box.dataset.state === "busy" || start());
    removes.addEventListener("click", async () => { await remove(key); show(); fetches.focus(); });
    box.hidden = false;
    show();
    // A copy that is behind is renewed by itself, unless the person counts every kilobyte.
    if (box.dataset.state === "old" && navigator.onLine && box.dataset.renews) start();
  }

  // On the page of what is here.
  const page = document.querySelector("[data-device]");
  if (!page) return;
  const place = (list) => page.querySelector(`[data-list=${list}]`);
  const row = (list, title, detail, act) => {
    const item = place(list).content.firstElementChild.cloneNode(true);
    item.querySelector("[data-part=title]").textContent = title;
    item.querySelector("[data-part=detail]").textContent = detail;
    item.querySelector("button").addEventListener("click", async () => { await act(); show(); place(list).previousElementSibling.focus(); });
    return item;
  };
  const size = (bytes) => page.dataset.size.replace("{}", Math.max(1, Math.round(bytes / 1024)).toLocaleString(lang));
  const fill = (list, rows) => {
    const after = place(list).nextElementSibling;
    after.replaceChildren(...rows);
    after.nextElementSibling.hidden = rows.length > 0;
  };
  const show = () => {
    fill("kept", Object.entries(kept()).map(([key, { title, href, bytes, at }]) => {
      const item = row("kept", title, `${size(bytes)} · ${when(at)}`, () => remove(key));
      item.querySelector("a").href = href;
      return item;
    }));
    const start = `segin:unsent:${person}:`;
    fill("waiting", Object.keys(localStorage).filter((key) => key.startsWith(start)).map((key) => {
      const form = key.startsWith(`${start}form:`), entry = form ? JSON.parse(localStorage.getItem(key)) : {};
      const title = entry.title || (/^\d+$/.test(key.slice(start.length)) ? page.dataset.answers : page.dataset.text);
      const detail = [entry.refused, entry.at && when(entry.at)].filter(Boolean).join(" · ");
      const item = row("waiting", title, detail, () => localStorage.removeItem(key));
      if (!form) item.querySelector("button").remove();
      return item;
    }));
  };
  page.querySelector("[data-when-missing]").hidden = !document.documentElement.dataset.missing;
  addEventListener("segin:queue", show);
  show();
})();
