// What audit/walk.py asks of a page in the browser. Each function stands alone: it is sent there as text.
const audit = {
  // The part of the layout that moved without the reader's doing; a list of what moved with it.
  layoutShifts: () =>
    new Promise((resolve) => {
      const moved = [];
      const note = (list) =>
        list.getEntries().forEach((shift) => {
          if (shift.hadRecentInput) return;
          const what = shift.sources.map(({ node }) => node?.outerHTML?.slice(0, 80) ?? node?.nodeName).join(", ");
          moved.push([shift.value, what]);
        });
      const observer = new PerformanceObserver(note);
      observer.observe({ type: "layout-shift", buffered: true });
      setTimeout(() => {
        note({ getEntries: () => observer.takeRecords() });
        resolve(moved);
      }, 50);
    }),

  axe: async (rules) => {
    const { violations } = await axe.run(document, rules);
    return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 120)).join(" | ")}`);
  },

  // Sends the largest form of the page with nothing in it.
  sendEmpty: () => {
    const forms = [...document.querySelectorAll("main form[method=post i]")];
    const typed = "input:not([type=hidden], [type=radio], [type=checkbox], [type=submit]), textarea, select";
    const typedIn = (form) => form.querySelectorAll(typed).length;
    const form = forms.sort((one, other) => typedIn(other) - typedIn(one))[0];
    if (!form) throw new Error("there is no form to send");
    for (const field of form.elements) {
      if (field.type === "hidden") continue;
      if (["checkbox", "radio"].includes(field.type)) field.checked = false;
      else if (field.tagName === "SELECT") field.value = "";
      else if ("value" in field && field.tagName !== "BUTTON") field.value = "";
    }
    form.noValidate = true;
    form.requestSubmit(form.querySelector("[type=submit], button:not([type])"));
  },

  // Posts fields to a path, as a page that has no form for it would.
  post: ([path, fields]) => {
    const form = document.createElement("form");
    Object.assign(form, { method: "post", action: path });
    for (const [name, value] of Object.entries(fields)) {
      form.append(Object.assign(document.createElement("input"), { name, value, type: "hidden" }));
    }
    document.body.append(form);
    form.submit();
  },

  // Before the Tab key: remembers how everything that it should reach looks, and watches what it does reach.
  watchFocus: () => {
    const can = "a[href], button, input, select, textarea, summary, [tabindex]";
    const isThere = (one) =>
      !one.disabled && one.type !== "hidden" && one.tabIndex >= 0 && !one.closest("[inert]") &&
      one.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: false }) && one.getClientRects().length > 0;
    const isFirstOfItsRadios = (one, at, all) =>
      one.type !== "radio" || all.findIndex((other) => other.type === "radio" && other.name === one.name && other.form === one.form) === at;
    const nearby = (one) => [one, one.parentElement, one.nextElementSibling, one.closest("label, li, article, tr")].filter(Boolean);
    const look = (one) =>
      nearby(one).map((part) => {
        const { outline, outlineOffset, boxShadow, borderColor, backgroundColor, textDecorationLine } = getComputedStyle(part);
        return [outline, outlineOffset, boxShadow, borderColor, backgroundColor, textDecorationLine].join();
      }).join(";");
    const described = (one) => one.outerHTML.replace(/\s+/g, " ").slice(0, 100);
    const isCovered = (one) => {
      const { left, right, top, bottom } = (one.labels?.[0]?.contains(one) ? one.labels[0] : one).getClientRects()[0];
      const xs = [left + 2, (left + right) / 2, right - 2];
      const ys = [top + 2, (top + bottom) / 2, bottom - 2];
      return !xs.some((x) => ys.some((y) => {
        const hit = document.elementFromPoint(x, y);
        return hit && (one.contains(hit) || hit.contains(one) || [...(one.labels ?? [])].some((label) => label.contains(hit)));
      }));
    };
    document.activeElement?.blur();
    const wanted = [...document.querySelectorAll(can)].filter(isThere).filter(isFirstOfItsRadios);
    const looks = new Map(wanted.map((one) => [one, look(one)]));
    const state = { wanted, reached: new Set(), faults: [] };
    document.addEventListener("focusin", ({ target }) => {
      if (state.reached.has(target)) return;
      state.reached.add(target);
      if (looks.has(target) && looks.get(target) === look(target)) state.faults.push(`looks the same with focus: ${described(target)}`);
      if (looks.has(target) && isCovered(target)) state.faults.push(`hidden while it has focus: ${described(target)}`);
    });
    window.auditFocus = {
      missing: () =>
        state.wanted
          .filter((one) => one.isConnected && isThere(one) && !state.reached.has(one))
          .filter((one) => one.type !== "radio" || ![...state.reached].some((other) => other.type === "radio" && other.name === one.name))
          .map((one) => `Tab does not reach ${described(one)}`),
      faults: () => state.faults,
    };
    return wanted.length;
  },

  // Without scripts: what is shown and could do nothing.
  deadControls: () =>
    [...document.querySelectorAll("button, a:not([href]), a[href='#'], [role=button]")]
      .filter((one) => one.checkVisibility({ visibilityProperty: true }))
      .filter((one) => one.tagName !== "BUTTON" || one.type === "button" || !one.form)
      .filter((one) => one.tagName !== "A" || !one.hasAttribute("aria-current"))
      .filter((one) => !one.hasAttribute("popovertarget") && !one.hasAttribute("commandfor"))
      .map((one) => one.outerHTML.replace(/\s+/g, " ").slice(0, 120)),
};
