// Keeps what is typed into each form with data-draft="<key>" in this browser until it is submitted, offers it back when
// the form is opened again, puts it back by itself when one comes back with the browser's Back, and asks before it is
// left unsaved. Only what differs from the page as it came is kept, so giving it back undoes nobody else's change.
// Passwords are never kept. How drafts end otherwise: drafts-end.js.
const keepDraft = (form) => {
  const key = form.dataset.draft;
  const offer = form.querySelector("[data-draft-offer]");
  const picker = form.querySelector("[data-picker]");
  const never = "[type=hidden], [type=search], [type=file], [type=password], button";
  const fields = () => [...form.elements].filter((field) => field.name && !field.matches(never));

  const typed = () => {
    const ticked = (field) => (field.matches("[type=radio], [type=checkbox]") ? [field.checked] : []);
    const values = fields().map((field) => [field.name, field.value, ...ticked(field)]);
    const chips = picker ? [...picker.querySelectorAll("[data-picker-chips] li")] : [];
    const picks = chips.map((chip) => [chip.querySelector("input").value, chip.querySelector("span").textContent]);
    return { values, picks };
  };
  const read = () => {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null; // no storage, or nothing that this script wrote
    }
  };
  const write = (draft) => {
    try {
      if (draft) localStorage.setItem(key, JSON.stringify(draft));
      else localStorage.removeItem(key);
    } catch {
      // No room or no storage: the form works without.
    }
  };

  const fill = ({ values, picks }) => {
    for (const [name, value, checked] of values) {
      const field = fields().find((each) => each.name === name && (checked === undefined || each.value === value));
      if (!field) continue;
      if (checked === undefined) field.value = value;
      else field.checked = checked;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    picker?.dispatchEvent(new CustomEvent("pick", { detail: picks }));
  };

  const unsaved = form.hasAttribute("data-draft-unsaved"); // the server gave it back with errors
  const before = JSON.stringify(typed());
  const asItCame = new Set(unsaved ? [] : typed().values.map((value) => JSON.stringify(value)));
  let timer = 0;
  let leaving = false;
  let signingOut = false;
  let freed = false; // submitted, but no answer came for a while, or none at all
  const differs = () => unsaved || JSON.stringify(typed()) !== before;
  const ask = (event) => event.preventDefault();
  const guard = () => {
    if (!leaving && differs()) window.addEventListener("beforeunload", ask);
    else window.removeEventListener("beforeunload", ask);
  };
  const now = () => {
    const { values, picks } = typed();
    return { values: values.filter((value) => !asItCame.has(JSON.stringify(value))), picks, at: Date.now() };
  };
  const keep = () => {
    clearTimeout(timer);
    write(differs() ? now() : null);
  };
  const changed = (event) => {
    if (event.isTrusted) leaving = signingOut = freed = false; // whoever types is still here
    if (leaving || signingOut) return;
    guard();
    clearTimeout(timer);
    timer = setTimeout(keep, 500);
  };
  const draft = read();
  if (draft?.values && !unsaved) {
    const lang = document.documentElement.lang;
    const written = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, {
      dateStyle: "medium",
      timeStyle: "short",
      timeZone: offer.dataset.zone,
    });
    offer.querySelector("[data-draft-when]").textContent = written.format(draft.at);
    offer.hidden = false;
  }
  const settle = () => {
    offer.hidden = true;
    fields()
      .find((field) => field.checkVisibility())
      ?.focus();
  };
  offer.querySelector("[data-draft-restore]").addEventListener("click", () => {
    fill(draft);
    settle();
  });
  offer.querySelector("[data-draft-discard]").addEventListener("click", () => {
    clearTimeout(timer);
    write(null);
    settle();
  });

  for (const name of ["input", "change", "picked"]) form.addEventListener(name, changed);
  const send = () => write({ ...now(), sent: true }); // ends when a page says that it arrived: drafts-end.js
  document.addEventListener("submit", (event) => {
    signingOut = event.target.matches("[data-signs-out]");
    if (signingOut) clearTimeout(timer);
    if (event.target !== form || event.defaultPrevented) return;
    leaving = true;
    freed = false;
    clearTimeout(timer);
    send();
    guard();
  });
  form.addEventListener("freed", () => {
    if (!leaving) return;
    leaving = false;
    freed = true;
    keep();
    guard();
  });
  window.addEventListener("beforeunload", () => {
    freed = false; // left by another way; a late answer to the submit does not come through here
  });
  window.addEventListener("pagehide", () => {
    if (freed) send();
    else if (!leaving && !signingOut && timer) keep();
  });
  const cameBack = () => performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) changed(event);
    else if (!offer.hidden && cameBack()) {
      fill(draft); // the browser itself gives some fields back, but neither amounts nor picks
      offer.hidden = true;
    }
  });
  guard();
  if (unsaved) keep();
};
for (const form of document.querySelectorAll("form[data-draft]")) keepDraft(form);
