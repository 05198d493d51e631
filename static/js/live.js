// A list with data-live="30" asks for itself anew every thirty seconds (hx-trigger="live"), only while the page can be
// seen, and at once when it comes back into view after longer. The server answers 204 when nothing changed.
(() => {
  let last = Date.now();
  const refresh = () => {
    for (const list of document.querySelectorAll("[data-live]")) {
      const due = Date.now() - last >= Number(list.dataset.live) * 1000;
      if (due && document.visibilityState === "visible" && !list.matches(".htmx-request")) {
        last = Date.now();
        htmx.trigger(list, "live");
      }
    }
  };
  setInterval(refresh, 1000);
  document.addEventListener("visibilitychange", refresh);
})();
