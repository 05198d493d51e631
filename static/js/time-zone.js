// Fills a field with the reader's time zone, so that nobody has to be asked for it.
for (const field of document.querySelectorAll("[data-time-zone]")) {
  field.value ||= Intl.DateTimeFormat().resolvedOptions().timeZone || "";
}
