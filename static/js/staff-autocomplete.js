// Django's field that searches while one types is named by what is chosen. While nothing is, its label names it, or in
// a table the head of its column.
const nameEmpty = (place) => {
  for (const select of place.querySelectorAll("select.admin-autocomplete")) {
    const shown = select.nextElementSibling?.querySelector(".select2-selection__rendered");
    const cell = select.closest("td");
    const label = select.labels[0] ?? cell?.closest("table").tHead.rows[0].cells[cell.cellIndex];
    if (shown && label && !shown.title) shown.title = label.textContent.replace(/:\s*$/, "").trim();
  }
};
django.jQuery(() => nameEmpty(document)); // after Django's own, which makes the fields then
document.addEventListener("formset:added", (event) => nameEmpty(event.target));
django.jQuery(document).on("change", "select.admin-autocomplete", (event) => nameEmpty(event.target.parentElement)); // cleared
