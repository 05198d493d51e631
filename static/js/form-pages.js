// Shows a form with data-pages one part at a time, as steps; without JavaScript its parts stand below each other. With
// data-pages="to-the-end" it is sent from its last part alone. The page waits for it with its first paint (blocking).
for (const form of document.querySelectorAll("form[data-pages]")) {
  const parts = [...form.querySelectorAll(".form-part")];
  const bar = form.querySelector("[data-pages-bar]");
  const back = bar.querySelector("[data-pages-back]");
  const next = bar.querySelector("[data-pages-next]");
  const send = form.querySelector("[type=submit]");
  const place = bar.querySelector("[data-pages-place]");
  let here = parts[0];

  const show = (part, moved = true) => {
    here = part;
    const number = parts.indexOf(part);
    for (const each of parts) each.hidden = each !== part;
    for (const link of document.querySelectorAll("[data-steps] a")) {
      if (link.hash === `#${part.id}`) link.setAttribute("aria-current", "step");
      else link.removeAttribute("aria-current");
    }
    back.hidden = number === 0;
    next.hidden = number === parts.length - 1;
    send.hidden = form.dataset.pages === "to-the-end" && !next.hidden;
    place.textContent = place.dataset.text.replace("NUMBER", number + 1).replace("COUNT", parts.length);
    if (!moved) return;
    const title = part.querySelector("legend");
    title.tabIndex = -1;
    title.focus({ preventScroll: true });
    part.scrollIntoView();
  };
  const go = (by) => show(parts[parts.indexOf(here) + by]);
  const partOf = (hash) => {
    const target = hash.length > 1 && document.getElementById(decodeURIComponent(hash.slice(1)));
    return target ? parts.find((part) => part.contains(target)) : undefined;
  };

  bar.hidden = false;
  back.addEventListener("click", () => go(-1));
  next.addEventListener("click", () => go(1));
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.defaultPrevented || !event.target.matches("input, select")) return;
    if (!send.hidden) return;
    event.preventDefault();
    go(1);
  });
  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest("a[href^='#']");
      const part = link && partOf(link.hash);
      if (part) show(part, link.closest("[data-steps]") !== null); // before the link itself goes to the field
    },
    true,
  );
  show(parts.find((part) => part.querySelector(".invalid-feedback, .is-invalid")) || partOf(location.hash) || here, false);
}
