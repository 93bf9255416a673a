// Saves a draft mark as it is typed, adds up the points, and moves to the next (J) or previous (K) work.
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const link = { j: "next", k: "prev" }[event.key.toLowerCase()];
  if (link) document.querySelector(`.room-nav a[rel="${link}"]`)?.click();
});
for (const form of document.querySelectorAll("form[data-marking]")) {
  const say = form.querySelector("[data-status]"), total = form.querySelector("[data-total]");
  const points = [...form.querySelectorAll("[data-points]")];
  let timer, running, changed = false, stopped = "finished" in form.dataset;

  const add = () => {
    const values = points.map((field) => Number(field.value.trim().replace(",", ".") || NaN));
    const sum = values.reduce((a, b) => a + b, 0);
    const digits = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
    total.textContent = Number.isNaN(sum) ? "–" : sum.toLocaleString(document.documentElement.lang, digits);
  };
  async function send() {
    changed = false;
    const data = new FormData(form);
    data.set("then", "draft");
    say.textContent = form.dataset.saving;
    try {
      const response = await fetch(form.action, { method: "POST", body: data, headers: { Accept: "application/json" } });
      const answer = await response.json();
      if (response.ok) {
        form.elements.revision.value = answer.revision;
        say.textContent = answer.message;
        return;
      }
      changed = true;
      stopped = response.status === 409;
      say.textContent = response.status === 401 ? form.dataset.signin : answer.error;
    } catch {
      changed = true;
      say.textContent = form.dataset.offline;
      timer = setTimeout(save, 15000);
    }
  }
  async function save() {
    if (running || stopped || !changed) return;
    running = send();
    await running;
    running = null;
  }
  form.addEventListener("input", () => {
    changed = true;
    add();
    clearTimeout(timer);
    timer = setTimeout(save, 4000);
  });
  form.addEventListener("change", save);
  addEventListener("beforeunload", (event) => { if (changed && !form.dataset.leaving) event.preventDefault(); });
  form.addEventListener("submit", async (event) => {
    clearTimeout(timer);
    if (running) {
      event.preventDefault();
      await running;
      form.requestSubmit(event.submitter);
      return;
    }
    form.dataset.leaving = "yes";
  });
}
