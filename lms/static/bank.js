// Shows a question as participants will see it while it is being written, and warns before what was typed is lost.
const form = document.getElementById("question"), preview = document.getElementById("preview");
let changed = "changed" in form.dataset, leaving = false, timer, latest = 0;

async function show() {
  const mine = ++latest;
  try {
    const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form) });
    // An older draft may arrive after a newer one; a page to sign in is no preview.
    if (answer.ok && !answer.redirected && mine === latest) preview.innerHTML = await answer.text();
  } catch { /* no connection: the last preview stays */ }
}
function later(event) {
  if (event.target.name !== "preview_language") changed = true;
  clearTimeout(timer);
  timer = setTimeout(show, event.type === "change" ? 0 : 600);
}
form.addEventListener("input", later);
for (const choice of document.querySelectorAll("[name=preview_language]")) choice.addEventListener("change", later);
form.addEventListener("submit", () => { leaving = true; });
addEventListener("beforeunload", (event) => { if (changed && !leaving) event.preventDefault(); });
const wanted = form.dataset.focus && document.getElementById(form.dataset.focus);
if (wanted) {
  wanted.scrollIntoView({ block: "center" });
  (wanted.querySelector("textarea") || wanted.querySelector("input:not([type=hidden])") || wanted).focus({ preventScroll: true });
}
