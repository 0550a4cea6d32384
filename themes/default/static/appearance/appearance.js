// Shows at once what is typed on the screen of the appearance; without it the button "Voir l’aperçu" does.
(() => {
  "use strict";

  const PAUSE = 400; // ms
  const form = document.getElementById("apparence");
  const frame = document.getElementById("apercu");
  const unsent = new Set(["csrf_token", "logo", "action"]);
  let waiting = 0;

  function show() {
    const theme = form.elements.theme.value;
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      const isOfAnotherTheme = name.includes(".") && !name.startsWith(`${theme}.`);
      if (!unsent.has(name) && !isOfAnotherTheme) query.append(name, value);
    }
    // In place of the present one, so that "back" leaves the screen.
    frame.contentWindow.location.replace(`${form.dataset.picture}?${query}`);
  }

  // ----- Contrast, as WCAG computes it

  function luminance(colour) {
    const [red, green, blue] = [1, 3, 5]
      .map((start) => parseInt(colour.slice(start, start + 2), 16) / 255)
      .map((share) => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function ratio(one, other) {
    const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (lighter + 0.05) / (darker + 0.05);
  }

  function measure(group) {
    const colour = (side) => group.querySelector(`[data-name="${side}"]`)?.value ?? side;
    for (const line of group.querySelectorAll(".readings li")) {
      const found = ratio(colour(line.dataset.text), colour(line.dataset.on));
      const passes = found >= Number(line.dataset.least);
      const shown = String(Math.floor(found * 10) / 10).replace(".", ",");
      const output = line.querySelector("output");
      if (output.value !== shown) output.value = shown;
      line.className = passes ? "good" : "bad";
      if (!passes) line.closest("details").open = true;
    }
  }

  // ----- Each colour has a code that can be typed

  for (const code of form.querySelectorAll("[data-code]")) {
    const colour = document.getElementById(code.dataset.code);
    code.hidden = false;
    code.addEventListener("input", () => {
      const typed = code.value.trim().toLowerCase();
      const isColour = /^#[0-9a-f]{6}$/.test(typed);
      code.setAttribute("aria-invalid", String(!isColour));
      if (isColour) colour.value = typed;
    });
    colour.addEventListener("input", () => {
      code.value = colour.value;
      code.removeAttribute("aria-invalid");
    });
  }

  form.addEventListener("input", (event) => {
    if (event.target.type === "file") return;
    const group = event.target.closest(".colours");
    if (group) measure(group);
    clearTimeout(waiting);
    waiting = setTimeout(show, PAUSE);
  });
})();
