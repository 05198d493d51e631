// An answer to htmx that comes from another page, such as signing in after the session ended, is opened as a page.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const asked = new URL(detail.pathInfo.finalRequestPath, location.href);
  const came = new URL(detail.xhr.responseURL || asked, location.href);
  if (asked.pathname === came.pathname) return;
  detail.shouldSwap = false;
  location.assign(came);
});
