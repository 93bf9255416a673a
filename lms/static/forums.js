// Says that a topic has been read, and keeps a message that is being written on this device until it has arrived.
(() => {
  const read = document.querySelector("form[data-read]");
  if (read) {
    fetch(read.action, { method: "POST", body: new FormData(read), redirect: "manual", keepalive: true })
      .then(() => { read.hidden = true; }, () => {});
  }
  const form = document.querySelector("form[data-message]");
  const { person } = document.querySelector("script[data-person]").dataset;
  const own = `segin:unsent:${person}:forum:`;
  try {
    // Only the page that follows a message says so in its address: what was on its way has arrived.
    if (new URLSearchParams(location.search).has("posted")) {
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith(own) && JSON.parse(localStorage.getItem(key)).sent) localStorage.removeItem(key);
      }
    }
    if (!form) return;
    // A page that was kept does not know which message is answered.
    const wanted = document.documentElement.dataset.kept && new URLSearchParams(location.search).get("answering"), by = wanted && document.getElementById(`by-${wanted}`);
    if (by) {
      const line = document.createElement("p"), field = document.createElement("input");
      line.className = "answers";
      line.textContent = `${form.dataset.answers} ${by.textContent}`;
      Object.assign(field, { type: "hidden", name: "parent", value: wanted });
      form.prepend(line, field);
    }
    const key = `segin:unsent:${form.dataset.message}`;
    const fields = [...form.querySelectorAll("[name=title], textarea")];
    const keep = (sent) => {
      if (fields.some((field) => field.value.trim())) {
        localStorage.setItem(key, JSON.stringify({ sent, texts: fields.map((field) => field.value) }));
      } else localStorage.removeItem(key);
    };
    const { texts } = JSON.parse(localStorage.getItem(key)) || { texts: [] };
    let restored = false;
    fields.forEach((field, index) => {
      if (field.value || !texts[index]) return;
      field.value = texts[index];
      restored = true;
    });
    const status = form.querySelector("[data-status]");
    if (restored) status.textContent = status.dataset.restored;
    form.addEventListener("input", () => keep(false));
    form.addEventListener("submit", () => keep(true));
  } catch { /* without storage the form works as any other */ }
})();
