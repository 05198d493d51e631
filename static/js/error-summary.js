// What is wrong with a form takes the focus also where the address names a part of the page, which would take it.
(() => {
  const summary = document.querySelector("[data-error-summary]");
  if (!summary || !location.hash) return; // otherwise its autofocus does
  history.replaceState(history.state, "", location.pathname + location.search);
  summary.focus();
})();
