// A form marked data-submit-once ignores a second submit while the first is on its way. It is free again when the page
// is shown again, and after a moment: nothing tells a page that the browser's Stop was pressed or that the answer was a
// file. The form then says "freed". The server stands ready for a second submit as well.
(() => {
  const MOMENT = 6000; // milliseconds
  const waits = new Map();
  const free = (form) => {
    clearTimeout(waits.get(form));
    if (!waits.delete(form)) return;
    for (const button of form.elements) button.removeAttribute("aria-busy");
    form.dispatchEvent(new Event("freed"));
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-submit-once]") || event.defaultPrevented) return;
    if (waits.has(form)) {
      event.preventDefault();
      return;
    }
    waits.set(form, setTimeout(free, MOMENT, form));
    event.submitter?.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", () => {
    for (const form of [...waits.keys()]) free(form);
  });
})();
