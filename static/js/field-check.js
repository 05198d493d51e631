// Asks the server about a field that the reader has left, so that its rule stands in one place. Fields that were never
// typed in are left alone until the form is submitted.
for (const form of document.querySelectorAll("form[data-check]")) {
  const touched = new Set();
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  const describe = (field, id, present) => {
    const ids = new Set((field.getAttribute("aria-describedby") || "").split(" ").filter(Boolean));
    ids[present ? "add" : "delete"](id);
    if (ids.size) field.setAttribute("aria-describedby", [...ids].join(" "));
    else field.removeAttribute("aria-describedby");
  };

  const show = (field, { errors }) => {
    const id = `${field.id}_error`;
    const problem = document.getElementById(id) || document.createElement("div");
    Object.assign(problem, { id, className: "invalid-feedback" });
    problem.replaceChildren(...errors.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
    if (errors.length) field.after(problem);
    else problem.remove();
    describe(field, problem.id, errors.length);
    field.classList.toggle("is-invalid", errors.length > 0);
    if (errors.length) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    form.dispatchEvent(new Event("checked"));
  };

  const check = async (field) => {
    const value = field.value;
    const body = new FormData();
    body.set("csrfmiddlewaretoken", token);
    body.set("check", field.name);
    body.set(field.name, value);
    if (form.elements.currency) body.set("currency", form.elements.currency.value);
    try {
      const answer = await fetch(location.pathname, { method: "POST", body, redirect: "error" });
      if (answer.ok && field.value === value) show(field, await answer.json());
    } catch {
      // The network failed or the session ended: the submit will tell.
    }
  };

  const isText = (field) => field.matches("input[type=text], input[type=email], textarea, select") && field.name !== "q";
  form.addEventListener("input", (event) => touched.add(event.target));
  form.addEventListener("focusout", (event) => {
    if (isText(event.target) && touched.delete(event.target)) check(event.target);
  });
  form.elements.currency?.addEventListener("change", () => {
    for (const field of form.querySelectorAll("input[inputmode=decimal]")) if (field.value) check(field);
  });
}
