// Ends the drafts that form-draft.js keeps in this browser: all on signing out, each after a week, and one that was
// sent as soon as the next page shows that the server took it: of somebody signed in, unless the form itself asked for
// nobody to be, no error page, and not the same form without a word of success. Any other leaves it, to be offered again.
(() => {
  const WEEK = 7 * 24 * 60 * 60 * 1000;
  const drafts = () => Object.keys(localStorage).filter((key) => key.startsWith("draft:"));
  const read = (key) => {
    try {
      return JSON.parse(localStorage.getItem(key)) || {};
    } catch {
      return {};
    }
  };
  try {
    const open = [...document.querySelectorAll("form[data-draft]")].map((form) => form.dataset.draft);
    const signedIn = document.querySelector("form[data-signs-out]") !== null;
    const failed = document.querySelector(".error-page") !== null;
    const saved = document.querySelector(".messages .notice-success") !== null;
    const passed = (key) => (open.includes(key) ? saved : signedIn || key.startsWith("draft:anyone:"));
    const taken = (key) => !failed && passed(key);
    for (const key of drafts()) {
      const { sent, ...draft } = read(key);
      if (!(Date.now() - draft.at < WEEK) || (sent && taken(key))) localStorage.removeItem(key);
      else if (sent) localStorage.setItem(key, JSON.stringify(draft));
    }
    document.addEventListener("submit", ({ target }) => {
      if (target.matches("form[data-signs-out]")) for (const key of drafts()) localStorage.removeItem(key);
    });
  } catch {
    // No storage, so nothing is kept in it.
  }
})();
