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
      const { message } = await response.json();
      if (line.textContent !== message) line.textContent = message;
    } catch { /* offline: the editor says so */ }
  };
  tell();
  setInterval(tell, 25000);
  document.addEventListener("visibilitychange", tell);
}
