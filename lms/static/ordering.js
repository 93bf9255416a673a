// Moves an item of an order up or down. What counts is still the place chosen in its list, so both ways stay open.
(() => {
  for (const list of document.querySelectorAll(".places")) {
    const place = (item) => item.querySelector("select").selectedIndex || Infinity;
    const told = document.createElement("p");
    told.className = "visually-hidden";
    told.setAttribute("role", "status");
    list.after(told);
    list.querySelectorAll("span[hidden]").forEach((buttons) => { buttons.hidden = false; });
    list.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-step]");
      if (!button) return;
      const item = button.closest("li"), items = [...list.children].sort((a, b) => (place(a) > place(b)) - (place(a) < place(b)));
      const from = items.indexOf(item), to = Math.min(Math.max(from + Number(button.dataset.step), 0), items.length - 1);
      items.splice(to, 0, ...items.splice(from, 1));
      items.forEach((one, index) => { one.querySelector("select").selectedIndex = index + 1; });
      list.append(...items);
      button.focus();
      const words = { item: item.querySelector("label").textContent, place: to + 1, whole: items.length };
      told.textContent = list.dataset.moved.replace(/\{(\w+)\}/g, (_, name) => words[name]);
      item.querySelector("select").dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
})();
