// Lets one walk the gradebook by the arrow keys: one figure of the table is on the way of the Tab key, the arrows go on
// from it, Home and End to the ends of the line, / to the search. No key does anything outside the table: who speaks to the
// machine would press it in the middle of a word. Without this script every figure is a link as before.
const table = document.querySelector("[data-grid]");
const rows = table ? [...table.tBodies[0].rows].map((row) => [...row.querySelectorAll("a")]) : [];
const place = (link) => {
  const y = rows.findIndex((row) => row.includes(link));
  return [y, y < 0 ? -1 : rows[y].indexOf(link)];
};
let current;
const hold = (link) => {
  if (current) current.tabIndex = -1;
  current = link;
  link.tabIndex = 0;
};
if (rows.length) {
  for (const link of rows.flat()) link.tabIndex = -1;
  const keys = "gradebook " + location.pathname;
  const [y, x] = (sessionStorage.getItem(keys) || "0,0").split(",").map(Number);
  hold(rows[y]?.[x] || rows[0][0]);
  document.querySelector(".grid-keys").hidden = false;
  table.addEventListener("focusin", ({ target }) => {
    const at = place(target);
    if (at[0] < 0) return;
    hold(target);
    sessionStorage.setItem(keys, at);
  });
  table.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const [row, column] = place(event.target);
    if (row < 0) return;
    const forward = getComputedStyle(table).direction === "rtl" ? -1 : 1;
    if (event.key === "/") {
      event.preventDefault();
      document.querySelector("#q").select();
    }
    const to = {
      ArrowUp: [row - 1, column], ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - forward], ArrowRight: [row, column + forward],
      Home: [row, 0], End: [row, rows[row].length - 1],
    }[event.key];
    const link = to && rows[to[0]]?.[to[1]];
    if (!to) return;
    event.preventDefault();
    if (!link) return;
    link.focus({ preventScroll: true });
    link.closest("tr > *").scrollIntoView({ block: "nearest", inline: "nearest" });
  });
}
