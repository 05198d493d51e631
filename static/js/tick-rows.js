// A list whose rows can be ticked for one act (form data-tick-rows): counts what is ticked, ticks all, and keeps the
// ticks when the list refreshes itself. Without JavaScript the boxes and the button do.
(() => {
  const forms = () => document.querySelectorAll("form[data-tick-rows]");
  const boxes = (form) => [...form.elements].filter((box) => box.matches("[type=checkbox][name]"));
  let before = new Set();

  const count = (form) => {
    const all = form.querySelector("[data-tick-all]");
    const ticked = boxes(form).filter((box) => box.checked).length;
    const line = form.querySelector("[data-tick-count]");
    line.dataset.none ??= line.textContent;
    line.textContent = ticked ? line.dataset.text.replace("COUNT", ticked) : line.dataset.none;
    if (!all) return; // one row only
    all.checked = ticked > 0 && ticked === boxes(form).length;
    all.indeterminate = ticked > 0 && !all.checked;
  };

  document.addEventListener("change", ({ target }) => {
    const form = target.form;
    if (!form?.matches("[data-tick-rows]")) return;
    if (target.matches("[data-tick-all]")) for (const box of boxes(form)) box.checked = target.checked;
    count(form);
  });
  document.addEventListener("htmx:beforeSwap", () => {
    before = new Set([...forms()].flatMap(boxes).filter((box) => box.checked).map((box) => box.value));
  });
  document.addEventListener("htmx:afterSettle", () => {
    for (const form of forms()) {
      for (const box of boxes(form)) box.checked = before.has(box.value);
      count(form);
    }
  });
  window.addEventListener("pageshow", () => forms().forEach(count));
  forms().forEach(count);
})();
