// A list with data-multi: the line above its boxes says what is chosen, and a search leaves those that have its words.
for (const list of document.querySelectorAll("[data-multi]")) {
  const boxes = [...list.querySelectorAll("input[type=checkbox]")];
  const line = list.querySelector("[data-multi-chosen]");
  const search = list.querySelector("[data-multi-search]");
  const field = search.querySelector("input");
  const status = search.querySelector("[role=status]");
  const nameOf = (box) => box.labels[0].textContent.trim();
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();

  const say = () => {
    const chosen = boxes.filter((box) => box.checked).map(nameOf);
    const parts = chosen.map((name) => Object.assign(document.createElement("span"), { textContent: name }));
    line.replaceChildren(...(parts.length ? parts : [line.dataset.none]));
  };
  const find = () => {
    const words = plain(field.value).split(/\s+/).filter(Boolean);
    const found = boxes.filter((box) => words.every((word) => plain(nameOf(box)).includes(word)));
    for (const box of boxes) box.closest(".form-check").hidden = !found.includes(box);
    const said = status.dataset.text.replace("SHOWN", found.length).replace("ALL", boxes.length);
    status.textContent = words.length ? said : "";
  };

  search.hidden = boxes.length < 9;
  list.addEventListener("change", say);
  field.addEventListener("input", find);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  window.addEventListener("pageshow", say);
}
