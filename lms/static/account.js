// Shows the name as the certificate will print it, and proposes the time zone of this device's clock.
for (const preview of document.querySelectorAll("[data-name-preview]")) {
  const field = document.getElementById(preview.dataset.namePreview);
  const shown = preview.querySelector("strong");
  field.addEventListener("input", () => {
    shown.textContent = field.value.trim().replace(/\s+/g, " ") || "…";
  });
}
for (const choice of document.querySelectorAll("select[data-guess-zone]")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const untouched = choice.value === choice.dataset.guessZone && choice.value === "UTC";
  if (untouched && [...choice.options].some((option) => option.value === zone)) choice.value = zone;
}
