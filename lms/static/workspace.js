// Says every 25 seconds that a part of group work is open here, and shows who else has it open.
for (const line of document.querySelectorAll("[data-presence]")) {
  const form = document.querySelector("form[data-draft]");
  const tell = async () => {
    if (document.hidden || !form) return;
    const data = new FormData();
    for (const name of ["csrf_token", "revision"]) data.set(name, form.elements[name].value);
    try {
      const response = await fetch(line.dataset.presence, { method: "POST", body: data, headers: { Accept: "application/json" } });
      if (!response.ok) return;
      const { message, newer } = await response.json();
      // Only the editor knows whether something was typed here; then both texts are shown when it is saved.
      const isTaken = newer && !form.dispatchEvent(new CustomEvent("newer", { cancelable: true, detail: newer }));
      const said = isTaken ? newer.message : message;
      if (line.textContent !== said) line.textContent = said;
    } catch { /* offline: the editor says so */ }
  };
  tell();
  setInterval(tell, 25000);
  document.addEventListener("visibilitychange", tell);
}
