// Saves a draft mark as it is typed, adds up the points, and lets one work by the keyboard:
// J and K to the next and previous work, M to the first criterion without points, Enter to the next, Escape to the text.
const room = document.querySelector(".room");
const here = document.querySelector(".queue [aria-current]");
if (here) {
  const side = here.closest(".room-nav");
  side.scrollTop = here.offsetTop - side.offsetTop - side.clientHeight / 2;
}
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const field = event.target.closest("input, textarea, select");
  const points = [...document.querySelectorAll("[data-points]")];
  if (field) {
    if (event.key === "Escape") {
      field.blur();
      room.querySelector("article").focus({ preventScroll: true });
    }
    if (event.key === "Enter" && points.includes(field)) {
      event.preventDefault();
      const next = points[points.indexOf(field) + 1];
      (next || document.querySelector(".marking-foot button"))?.focus();
      next?.select();
    }
    return;
  }
  const key = event.key.toLowerCase();
  const link = { j: "next", k: "prev" }[key];
  if (link) document.querySelector(`.room-nav a[rel="${link}"]`)?.click();
  if (key === "m" && points.length) {
    event.preventDefault();
    room.scrollIntoView();
    const wanted = points.find((one) => !one.value.trim()) || points[0];
    wanted.focus({ preventScroll: matchMedia("(min-width: 60em)").matches });
    wanted.select();
    wanted.closest(".criterion").scrollIntoView({ block: "nearest" });
  }
});
for (const form of document.querySelectorAll("form[data-marking]")) {
  const say = form.querySelector("[data-status]"), total = form.querySelector("[data-total]");
  const points = [...form.querySelectorAll("[data-points]")], members = [...form.querySelectorAll(".member")];
  let timer, running, changed = false, stopped = "finished" in form.dataset;

  // A number as people type it: a comma, Arabic-Indic and Persian digits too. The last four bits are the digit.
  const read = (field) => {
    const typed = field.value.trim().replace(/[٠-٩۰-۹]/g, (digit) => digit.charCodeAt(0) & 15);
    return typed ? Number(typed.replace(/[,٫]/, ".").replace("−", "-")) : NaN;
  };
  const show = (sum) => {
    const digits = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
    return Number.isNaN(sum) ? "–" : sum.toLocaleString(document.documentElement.lang, digits);
  };
  const add = () => {
    const sum = points.reduce((all, field) => all + read(field), 0);
    total.textContent = show(sum);
    for (const member of members) {
      const own = sum + (read(member.querySelector("[data-adjust]")) || 0);
      const took = member.querySelector("[type=checkbox]").checked;
      member.querySelector("[data-gets]").textContent = took ? show(Math.min(Math.max(own, 0), form.dataset.maximum)) : "–";
    }
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
        return true;
      }
      stopped = response.status === 409;
      say.textContent = response.status === 401 ? form.dataset.signin : answer.error;
    } catch {
      say.textContent = form.dataset.offline;
      timer = setTimeout(save, 15000);
    }
    changed = true;
    return false;
  }
  async function save() {
    if (running || stopped || !changed) return;
    running = send();
    const done = await running;
    running = null;
    // What was typed while the last save was under way.
    if (done && changed) save();
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
  add();
}
