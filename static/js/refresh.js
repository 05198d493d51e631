// An element marked data-refresh="30" is asked for anew every 30 seconds (hx-trigger="refresh"), only while the page is
// seen. After being hidden for longer it is asked for as soon as it is seen again. The server answers 204 when nothing
// changed, and says what did in a live region of its answer.
(() => {
  let last = Date.now();

  const refresh = () => {
    for (const element of document.querySelectorAll("[data-refresh]")) {
      const due = Date.now() - last >= Number(element.dataset.refresh) * 1000;
      if (due && document.visibilityState === "visible" && !element.matches(".htmx-request")) {
        last = Date.now();
        htmx.trigger(element, "refresh");
      }
    }
  };

  setInterval(refresh, 1000);
  document.addEventListener("visibilitychange", refresh);
})();
