// Says how many characters are left in a field with data-counter. Nothing is cut off: too many are told as such.
for (const field of document.querySelectorAll("[data-counter]")) {
  const most = Number(field.dataset.counter);
  const written = new Intl.NumberFormat(document.documentElement.lang);
  const line = field.nextElementSibling;
  const count = () => {
    const length = [...field.value.trim()].length;
    line.textContent = `${written.format(length)} / ${written.format(most)}`;
    line.classList.toggle("form-counter-over", length > most);
  };
  field.addEventListener("input", count);
  count();
}
