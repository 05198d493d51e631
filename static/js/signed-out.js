// An answer to htmx that comes from another page, such as signing in after the session ended, is opened as a page. When
// a form that htmx sends is refused, the page is loaded anew: it then says what is the matter.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const asked = new URL(detail.pathInfo.finalRequestPath, location.href);
  const came = new URL(detail.xhr.responseURL || asked, location.href);
  if (asked.pathname === came.pathname) return;
  detail.shouldSwap = false;
  location.assign(came);
});
document.addEventListener("htmx:responseError", ({ detail }) => {
  if (detail.requestConfig.verb === "post") location.reload();
});
