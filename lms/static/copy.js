// A button beside a link that copies it; without this script the link can be selected by hand.
const words = document.currentScript.dataset;
for (const field of document.querySelectorAll("input[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-secondary";
  button.textContent = words.label;
  const state = document.createElement("span");
  state.setAttribute("role", "status");
  field.addEventListener("focus", () => field.select());
  button.addEventListener("click", () => {
    field.select();
    document.execCommand("copy"); // the newer way asks for HTTPS
    state.textContent = words.done;
  });
  const row = document.createElement("p");
  row.className = "actions";
  row.append(button, state);
  field.after(row);
}
