// Keeps the progress aside in step with the form: a part is done when its required fields are filled and none is wrong.
const steps = document.querySelector("[data-steps]");
if (steps) {
  const form = document.getElementById(steps.children[0].dataset.part).closest("form");
  const filled = (field) =>
    field.type === "radio" ? form.querySelector(`[name="${field.name}"]:checked`) !== null : field.value.trim() !== "";
  const update = () => {
    for (const step of steps.children) {
      const part = document.getElementById(step.dataset.part);
      const wrong = part.querySelector(".is-invalid, .invalid-feedback") !== null;
      const chosen = [...part.querySelectorAll("[data-multi][data-needed]")].every((list) => list.querySelector(":checked"));
      const done = chosen && [...part.querySelectorAll("[required]")].every(filled);
      const picker = part.querySelector("[data-picker]");
      const lacks = picker?.matches("[data-lacking]") && picker.checkVisibility();
      step.dataset.state = wrong ? "error" : done && !lacks ? "done" : "";
    }
  };
  for (const name of ["input", "change", "checked", "picked"]) form.addEventListener(name, update);
  window.addEventListener("pageshow", update);
  update();
}
