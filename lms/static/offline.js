// At sign-out nothing of this person stays on a shared device, and nothing unsent is thrown away unasked.
// Scripts keep what they could not send under keys that begin with "segin:unsent:<person>:".
(() => {
  const { person, warning } = document.currentScript.dataset;
  document.addEventListener("submit", (event) => {
    if (!event.target.matches('form[action$="/sign-out"]')) return;
    let mine = [];
    try { mine = Object.keys(localStorage).filter((key) => key.startsWith(`segin:unsent:${person}:`)); } catch { return; }
    if (mine.length && !confirm(warning)) event.preventDefault();
    else mine.forEach((key) => localStorage.removeItem(key));
  });
})();
