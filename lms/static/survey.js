// Keeps what is typed into the questionnaire in this tab until it is sent: a sign-in that ends or a dropped connection
// loses nothing. The tab's own storage, not the device's: closing the tab forgets it, and so does sending.
(() => {
  const form = document.querySelector("form[data-keep]");
  const prefix = "segin:survey:";
  const own = form && prefix + form.dataset.keep;
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(prefix) && key !== own) sessionStorage.removeItem(key);
    if (!form) return;
    const fields = () => [...form.elements].filter((field) => field.name.startsWith("a-"));
    const kept = JSON.parse(sessionStorage.getItem(own) || "{}");
    let restored = 0;
    for (const field of fields()) {
      const value = kept[field.name];
      if (value === undefined) continue;
      if (field.type !== "radio") {
        if (field.value || !value) continue;
        field.value = value;
      } else if (field.value !== value || field.checked || !value) continue;
      else field.checked = true;
      restored += 1;
    }
    if (restored) document.getElementById("survey-status").textContent = form.dataset.restored;
    form.addEventListener("input", () => {
      const values = fields().filter((field) => field.type !== "radio" || field.checked);
      sessionStorage.setItem(own, JSON.stringify(Object.fromEntries(values.map((field) => [field.name, field.value]))));
    });
  } catch { /* without storage the form works as any other */ }
})();
