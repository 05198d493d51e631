// Following a notification's link marks it as read, as its button does; without JavaScript the button remains.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-marks-read]");
  const form = link && document.getElementById(link.dataset.marksRead);
  if (form) fetch(form.action, { method: "POST", body: new FormData(form), keepalive: true, redirect: "manual" });
});
