// Saves a text while it is typed, counts its words as the server does, and keeps what was not sent through a reload.
for (const form of document.querySelectorAll("form[data-draft]")) {
  const area = form.elements.body, revision = form.elements.revision;
  const say = form.querySelector("[data-status]"), count = form.querySelector("[data-count]");
  const key = form.dataset.draft, lang = document.documentElement.lang;
  let sent = area.defaultValue, timer, running, stopped = form.querySelector(".theirs") !== null;

  const words = (text) =>
    (text.replace(/[\p{M}\p{Cf}]/gu, "").match(/[\p{L}\p{N}_]+(?:[’'\-‑][\p{L}\p{N}_]+)*/gu) || []).length;
  const unsent = () => area.value !== sent;
  const later = (seconds) => { clearTimeout(timer); timer = setTimeout(save, seconds * 1000); };
  const keep = () => {
    try {
      if (unsent()) localStorage.setItem(key, JSON.stringify([revision.value, area.value]));
      else localStorage.removeItem(key);
    } catch { /* refused */ }
  };

  async function send() {
    const text = area.value, data = new FormData();
    for (const name of ["csrf_token", "revision"]) data.set(name, form.elements[name].value);
    data.set("body", text);
    say.textContent = form.dataset.saving;
    try {
      const response = await fetch(form.action, { method: "POST", body: data, headers: { Accept: "application/json" } });
      const answer = await response.json();
      if (response.ok) {
        sent = text;
        revision.value = answer.revision;
        say.textContent = answer.message;
        if (!unsent()) count.textContent = answer.words.toLocaleString(lang);
      } else {
        say.textContent = response.status === 401 ? form.dataset.signin : answer.error;
        stopped = response.status !== 401;
        if (!stopped) later(30);
      }
    } catch {
      say.textContent = form.dataset.offline;
      later(15);
    }
    keep();
  }
  async function save() {
    if (running || stopped || !unsent()) return;
    running = send();
    await running;
    running = null;
    if (unsent() && !stopped) later(5);
  }

  try {
    const [was, text] = JSON.parse(localStorage.getItem(key)) || [];
    if (text && text !== sent && !stopped) {
      area.value = text;
      revision.value = was;
      later(1);
    }
  } catch { /* nothing kept */ }
  const show = () => { count.textContent = words(area.value).toLocaleString(lang); };
  show();
  if (!unsent()) keep();
  area.addEventListener("input", () => { show(); keep(); later(3); });
  addEventListener("online", save);
  // Told before it is sent: a refusal after ten megabytes costs the person money.
  form.elements.file?.addEventListener("change", ({ target }) => {
    target.setCustomValidity(target.files[0]?.size > target.dataset.limit ? target.dataset.tooLarge : "");
    target.reportValidity();
  });
  addEventListener("beforeunload", (event) => { if (unsent() && !form.dataset.leaving) event.preventDefault(); });
  form.addEventListener("submit", async (event) => {
    clearTimeout(timer);
    if (!running && (stopped || !unsent())) { // submitting again inside this event would be ignored, so it goes on
      form.dataset.leaving = "yes";
      localStorage.removeItem(key);
      return;
    }
    event.preventDefault();
    await running;
    await save();
    if (!unsent() || stopped) form.requestSubmit(event.submitter); // else offline: the text stays here
  });
}
