// Shows the rule as participants will read it while the settings are changed; saves nothing. Only what became another is said aloud.
(() => {
  const form = document.getElementById("settings");
  if (!form) return;
  let timer, last = 0;
  const look = async () => {
    const number = ++last, data = new FormData(form);
    data.set("look", "1");
    try {
      const reply = await fetch(form.action, { method: "POST", body: data });
      const page = new DOMParser().parseFromString(await reply.text(), "text/html"), rule = page.getElementById("rule");
      if (!rule || !reply.ok || number !== last) return;
      const fresh = rule.querySelectorAll("p, dd");
      document.querySelectorAll("#rule :is(p, dd)").forEach((one, i) => one.textContent === fresh[i].textContent || one.replaceWith(fresh[i]));
    } catch { /* without a connection the sentence stays as it was */ }
  };
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, 500); });
})();
