// Shows the rule as participants will read it while the settings are changed; saves nothing.
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
      if (rule && reply.ok && number === last) document.getElementById("rule").replaceChildren(...rule.childNodes);
    } catch { /* without a connection the sentence stays as it was */ }
  };
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, 500); });
})();
