// Django's field that searches while one types is named by what is chosen. While nothing is, its label names it.
addEventListener("load", () => {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const shown = select.nextElementSibling?.querySelector(".select2-selection__rendered");
    if (shown && !shown.title) shown.title = select.labels[0].textContent.replace(/:\s*$/, "").trim();
  }
});
