// A button beside a link that copies it; without this script the link can be selected by hand.
"use strict";
const words = document.currentScript.dataset;
for (const field of document.querySelectorAll("input[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-secondary";
  button.textContent = words.label;
  const state = document.createElement("span");
  state.setAttribute("role", "status");
  field.addEventListener("focus", () => field.select());
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy");
    }
    state.textContent = words.done;
  });
  const row = document.createElement("p");
  row.className = "actions";
  row.append(button, state);
  field.after(row);
}
