// Keeps what is typed into a form with data-draft="<key>" in this browser until it is submitted, offers it back when
// the form is opened again, puts it back by itself when one comes back with the browser's Back, and asks before it is
// left unsaved. How drafts end otherwise: drafts-end.js.
(() => {
  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  const key = form.dataset.draft;
  const offer = document.querySelector("[data-draft-offer]");
  const picker = form.querySelector("[data-picker]");
  const kept = (field) => field.name && !field.matches("[type=hidden], [type=search], [type=file], button");
  const fields = () => [...form.elements].filter(kept);

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

  const before = JSON.stringify(typed());
  const unsaved = form.hasAttribute("data-draft-unsaved"); // the server gave it back with errors
  let timer = 0;
  let leaving = false;
  let signingOut = false;
  const differs = () => unsaved || JSON.stringify(typed()) !== before;
  const ask = (event) => event.preventDefault();
  const guard = () => {
    if (!leaving && differs()) window.addEventListener("beforeunload", ask);
    else window.removeEventListener("beforeunload", ask);
  };
  const keep = () => {
    clearTimeout(timer);
    write(differs() ? { ...typed(), at: Date.now() } : null);
  };
  const changed = (event) => {
    if (event.isTrusted) leaving = signingOut = false; // whoever types is still here
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
    form.querySelector("input:not([type=hidden]), select, textarea").focus();
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
  window.addEventListener("pagehide", () => {
    if (!leaving && !signingOut && timer) keep();
  });
  document.addEventListener("submit", (event) => {
    signingOut = event.target.matches("[data-signs-out]");
    if (signingOut) clearTimeout(timer);
    if (event.target !== form || event.defaultPrevented) return;
    leaving = true;
    clearTimeout(timer);
    write({ ...typed(), at: Date.now(), sent: true }); // ends when a page says that it arrived: drafts-end.js
    guard();
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
})();
