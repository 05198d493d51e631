// The partner picker: what is chosen stays visible as chips, and the list is searched as one types (htmx). The chips
// carry the choice from then on, so it survives whatever list is shown. Without JavaScript the boxes themselves do.
for (const picker of document.querySelectorAll("[data-picker]")) {
  const chips = picker.querySelector("[data-picker-chips]");
  if (!chips) continue;
  const most = Number(picker.dataset.most);
  const search = picker.querySelector("[type=search]");
  const count = picker.querySelector("[data-picker-count]");
  const pattern = picker.querySelector("[data-picker-chip]").content;
  const chosen = new Map();

  const boxes = () => [...picker.querySelectorAll("[data-picker-options] input")];
  const adopt = () => {
    for (const box of boxes()) {
      box.removeAttribute("name");
      box.dataset.off ??= box.disabled ? "yes" : "";
    }
  };

  const chip = ([id, name]) => {
    const item = pattern.cloneNode(true).firstElementChild;
    const hidden = Object.assign(document.createElement("input"), { type: "hidden", name: "partners", value: id });
    const remove = item.querySelector("button");
    item.querySelector("span").textContent = name;
    remove.setAttribute("aria-label", remove.getAttribute("aria-label").replace("NAME", name));
    remove.addEventListener("click", () => {
      const next = item.nextElementSibling || item.previousElementSibling;
      const id = next?.querySelector("input").value;
      chosen.delete(hidden.value);
      draw();
      (id ? chips.querySelector(`input[value="${id}"]`).parentElement.querySelector("button") : search).focus();
    });
    item.append(hidden);
    return item;
  };

  const draw = () => {
    chips.replaceChildren(...[...chosen].map(chip));
    chips.hidden = chosen.size === 0;
    count.textContent = count.dataset.text.replace("COUNT", chosen.size).replace("MOST", most);
    for (const box of boxes()) {
      box.checked = chosen.has(box.value);
      box.disabled = !box.checked && (box.dataset.off === "yes" || chosen.size >= most);
    }
    picker.toggleAttribute("data-lacking", chosen.size === 0 && picker.hasAttribute("data-needed"));
    picker.dispatchEvent(new Event("picked", { bubbles: true }));
  };

  picker.addEventListener("change", (event) => {
    const box = event.target;
    if (!box.matches("[data-picker-options] input")) return;
    if (box.checked) chosen.set(box.value, box.dataset.name);
    else chosen.delete(box.value);
    draw();
  });
  picker.addEventListener("pick", ({ detail }) => {
    chosen.clear(); // what a draft holds: pairs of id and name
    for (const [id, name] of detail) chosen.set(id, name);
    draw();
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  picker.addEventListener("htmx:afterSettle", (event) => {
    adopt();
    draw();
    if (event.detail.requestConfig?.elt?.matches("[data-picker-more]")) boxes()[0]?.focus();
  });

  for (const box of boxes()) if (box.checked) chosen.set(box.value, box.dataset.name);
  picker.querySelector("[data-picker-button]").hidden = true;
  picker.querySelector("[data-picker-button]").type = "button";
  adopt();
  draw();
}
