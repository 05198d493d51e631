// Says under each amount how the server reads it: after a pause in typing, and at once when its currency or market
// changes. The rule is the server's alone; what it cannot read is answered with nothing.
const asked = new WeakMap();
const readAmount = async (field) => {
  asked.get(field)?.abort();
  const question = new AbortController();
  asked.set(field, question);
  const body = new FormData();
  body.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
  body.set("amount", field.value);
  if ("once" in field.dataset) body.set("once", "on");
  for (const name of ["currency", "market"]) body.set(name, field.form.elements[name]?.value || "");
  let read = "";
  try {
    const post = { method: "POST", body, redirect: "error", signal: question.signal };
    const answer = field.value.trim() && (await fetch(field.dataset.amount, post));
    if (answer.ok) read = await answer.text();
  } catch {
    // The network failed, or something else was typed meanwhile.
  }
  const echo = document.getElementById(`${field.id}_echo`);
  if (!question.signal.aborted && echo.textContent !== read) echo.textContent = read;
};

const waits = new WeakMap();
document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-amount]")) return;
  clearTimeout(waits.get(target));
  waits.set(target, setTimeout(readAmount, 300, target));
});
document.addEventListener("change", ({ target }) => {
  if (!target.matches("[name=currency], [name=market]")) return;
  for (const field of target.form?.querySelectorAll("[data-amount]") ?? []) readAmount(field);
});
