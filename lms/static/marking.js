// Saves each criterion of a draft as it is typed, keeps on this device what cannot be sent, adds up the points, tells who
// else has the marking open, and lets one work by the keyboard. Every key is named on the page, under "Keys".
const room = document.querySelector(".room"), form = document.querySelector("form[data-marking]");
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const here = document.querySelector(".queue [aria-current]");
if (here) {
  const side = here.closest(".room-nav");
  side.scrollTop = here.offsetTop - side.offsetTop - side.clientHeight / 2;
}
// A number as people type it: a comma, Arabic-Indic and Persian digits too. The last four bits are the digit.
const read = (field) => {
  const typed = field.value.trim().replace(/[٠-٩۰-۹]/g, (digit) => digit.charCodeAt(0) & 15);
  return typed ? Number(typed.replace(/[,٫]/, ".").replace("−", "-")) : NaN;
};
const language = document.documentElement.lang;
const two = { minimumFractionDigits: 2, maximumFractionDigits: 2, useGrouping: false };
const show = (number) => (Number.isNaN(number) ? "–" : number.toLocaleString(language, two));
const typed = (number) => number.toLocaleString(language, { maximumFractionDigits: 2, useGrouping: false });
const put = (field, value) => {
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
};
const insert = (field, text) => {
  put(field, field.value.trim() ? `${field.value.trimEnd()}\n${text}` : text);
  field.focus();
};
for (const button of all("[data-insert], [data-take]")) {
  button.hidden = false;
  const { insert: into, take, text, value } = button.dataset;
  button.addEventListener("click", () => {
    if (into) insert(document.getElementById(into), text);
    else put(document.getElementById(take), value);
  });
}

// Who speaks to the machine would press a key in the middle of a word: the keys that work outside the boxes can be turned off.
const keyed = document.querySelector("[data-keys]");
try {
  keyed.checked = !localStorage.getItem("segin:keys");
  keyed.addEventListener("change", () => localStorage.setItem("segin:keys", keyed.checked ? "" : "off"));
} catch { /* for this page only */ }
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey) return;
  const field = event.target.closest("input, textarea, select");
  const points = form ? all("[data-points]", form) : [];
  const stop = (element) => {
    event.preventDefault();
    element?.focus();
    element?.select?.();
  };
  if (event.altKey) {
    const digit = Number(event.code.replace("Digit", ""));
    const from = digit && field?.closest(".criterion")?.querySelectorAll(".bank li")[digit - 1];
    if (from) {
      event.preventDefault();
      from.querySelector("button").click();
    }
    return;
  }
  if (field) {
    if (event.key === "Escape") {
      field.blur();
      room.querySelector("article").focus({ preventScroll: true });
    }
    if (!points.includes(field)) return;
    if (event.key === "Enter") stop(points[points.indexOf(field) + 1] || document.querySelector(".marking-foot button"));
    const way = { ArrowUp: 0.5, ArrowDown: -0.5 }[event.key];
    if (way) {
      event.preventDefault();
      put(field, typed(Math.min(Math.max((read(field) || 0) + way, 0), field.dataset.points)));
    }
    if (event.key.toLowerCase() === "c") stop(field.closest(".criterion").querySelector("textarea"));
    return;
  }
  if (!keyed.checked || !keyed.closest("details").offsetParent) return;
  const key = event.key.toLowerCase();
  const link = { j: "next", k: "prev" }[key];
  if (link) document.querySelector(`.room-nav a[rel="${link}"]`)?.click();
  const wanted = points.find((one) => !one.value.trim()) || points[0];
  if (!wanted || !/^[mc\d]$/.test(key)) return;
  room.scrollIntoView();
  stop(key === "c" ? wanted.closest(".criterion").querySelector("textarea") : wanted);
  if (/\d/.test(key)) put(wanted, key);
  wanted.closest(".criterion").scrollIntoView({ block: "nearest" });
});

if (form) {
  const d = form.dataset, store = d.marking, token = form.elements.csrf_token;
  const say = form.querySelector("[data-status]"), total = form.querySelector("[data-total]");
  const points = all("[data-points]", form), members = all(".member", form), criteria = all("[data-criterion]", form);
  const keyOf = (criterion) => criterion.dataset.criterion;
  const fieldsOf = (criterion) => [criterion.querySelector("[data-points]"), criterion.querySelector("textarea")];
  const dirty = new Set(), told = new Set();
  let timer, running, stopped = "finished" in d, whole = false, lost = false;

  const remember = () => {
    const left = criteria.filter((one) => dirty.has(keyOf(one))).map((one) => [keyOf(one), ...fieldsOf(one).map((f) => f.value)]);
    try {
      if (left.length) localStorage.setItem(store, JSON.stringify({ revision: form.elements.revision.value, left }));
      else localStorage.removeItem(store);
    } catch { /* this page remembers */ }
  };
  const add = () => {
    const sum = points.reduce((together, field) => together + read(field), 0);
    total.textContent = show(sum);
    for (const member of members) {
      const own = sum + (read(member.querySelector("[data-adjust]")) || 0);
      const took = member.querySelector("[type=checkbox]").checked;
      const gets = member.querySelector("[data-gets]");
      gets.textContent = took ? show(own) : "–";
      gets.classList.toggle("fault", took && (own < 0 || own > d.maximum));
    }
  };
  const post = async (address, data) => {
    data.set("csrf_token", token.value);
    const response = await fetch(address, { method: "POST", body: data, headers: { Accept: "application/json" } });
    return [response, await response.json()];
  };
  const merge = (others) => {
    for (const [key, theirs] of Object.entries(others)) {
      const criterion = criteria.find((one) => keyOf(one) === key);
      if (!criterion || dirty.has(key)) return false;
      const [field, comment] = fieldsOf(criterion);
      field.value = theirs.points && typed(Number(theirs.points));
      comment.value = theirs.comment;
      told.add(d.elsewhere.replace("{criterion}", criterion.querySelector("h3").textContent));
    }
    add();
    return true;
  };
  async function send(criterion) {
    const key = keyOf(criterion), [field, comment] = fieldsOf(criterion), data = new FormData();
    dirty.delete(key);
    const sent = [field.value, comment.value];
    data.set("points", sent[0]);
    data.set("comment", sent[1]);
    data.set("revision", form.elements.revision.value);
    say.textContent = d.saving;
    let done = false;
    try {
      const [response, answer] = await post(`${d.room}/criteria/${key}`, data);
      lost = false;
      done = response.ok;
      // A page that has not taken in what others changed keeps its revision, so that saving compares.
      if (done && merge(answer.others)) form.elements.revision.value = answer.revision;
      if (response.status === 409) stopped = true;
      say.textContent = done ? [answer.message, ...told].join(" ") : response.status === 401 ? d.signin : answer.error;
    } catch {
      say.textContent = d.offline;
      lost = true;
      clearTimeout(timer);
      timer = setTimeout(save, 15000 * (self.patience || 1));
    }
    if (!done) dirty.add(key);
    remember();
    return done;
  }
  async function save() {
    if (running || stopped) return;
    running = (async () => {
      for (const criterion of criteria) if (dirty.has(keyOf(criterion)) && !(await send(criterion))) return;
    })();
    await running;
    running = null;
  }
  form.addEventListener("input", (event) => {
    const criterion = event.target.closest("[data-criterion]");
    if (criterion) dirty.add(keyOf(criterion));
    else whole = true;
    remember();
    add();
    clearTimeout(timer);
    timer = setTimeout(save, 2500);
  });
  form.addEventListener("change", save);
  addEventListener("online", save);
  addEventListener("beforeunload", (event) => { if ((dirty.size || whole) && !d.leaving) event.preventDefault(); });
  let asked; // the button that was pressed, once all that could be sent was
  form.addEventListener("submit", async (event) => {
    clearTimeout(timer);
    const { submitter } = event, offline = !navigator.onLine;
    // Leaving without a connection would lose the page, and what was not sent with it.
    if (offline) say.textContent = d.offline;
    if (offline || (asked !== submitter && (running || (dirty.size && !stopped)))) {
      event.preventDefault();
      await running;
      await save();
      asked = submitter;
      if (!lost && !offline) form.requestSubmit(submitter);
      return;
    }
    d.leaving = "yes";
    try { localStorage.removeItem(store); } catch { /* nothing was kept */ }
  });
  // What was typed before this script had come.
  for (const criterion of criteria) {
    if (fieldsOf(criterion).some((field) => field.value !== field.defaultValue)) dirty.add(keyOf(criterion));
  }
  // What could not be sent before, from this device and this person alone.
  try {
    const kept = JSON.parse(localStorage.getItem(store) || "null");
    for (const [key, value, comment] of kept?.left || []) {
      const criterion = criteria.find((one) => keyOf(one) === key);
      const fields = criterion && fieldsOf(criterion);
      if (!fields || (fields[0].value === value && fields[1].value === comment)) continue;
      // The server compares with the state that this was written on, so that nobody's later mark is lost.
      form.elements.revision.value = Math.min(kept.revision, form.elements.revision.value);
      [fields[0].value, fields[1].value] = [value, comment];
      dirty.add(key);
    }
    remember();
  } catch { /* nothing was kept */ }
  add();
  if (dirty.size) {
    say.textContent = d.back;
    save();
  }
  const present = document.querySelector("[data-present]");
  const greet = async () => {
    if (document.hidden) return;
    try {
      const [response, answer] = await post(`${d.room}/presence`, new FormData());
      if (!response.ok || all("li", present).map((one) => one.textContent).join() === answer.present.join()) return;
      present.replaceChildren(...answer.present.map((sentence) => Object.assign(document.createElement("li"), { textContent: sentence })));
    } catch { /* it is said again in a minute */ }
  };
  if (present) {
    greet();
    setInterval(greet, 60000);
  }
}
