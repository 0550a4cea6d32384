// The form of a signed contract: − and + beside each quantity, and the total while one chooses.
(() => {
  "use strict";

  const words = { less: "Un de moins :", more: "Un de plus :", ...document.currentScript.dataset };
  const form = document.querySelector("form[data-signing]");
  if (!form) return;
  const output = form.querySelector("[data-total]");
  const fields = [...form.querySelectorAll("input[data-prices]")].map((input) => ({
    input,
    prices: Object.entries(JSON.parse(input.dataset.prices)),
  }));

  function quantity(input) {
    const typed = input.value.trim();
    return /^\d{1,2}$/.test(typed) ? Number(typed) : 0;
  }

  // As the server writes money: thousands apart by a narrow no-break space, cents after a comma.
  function euros(cents) {
    const whole = String(Math.floor(cents / 100)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
    return `${whole},${String(cents % 100).padStart(2, "0")}\u00a0€`;
  }

  // The office also types a first and a last day: what is delivered before and after counts for nothing.
  const days = Object.entries(JSON.parse(form.dataset.days || "{}"));
  const jokers = JSON.parse(form.dataset.skipped || "[]").map(String);

  function outside() {
    const [first, last] = ["starts_on", "ends_on"].map((name) => form.elements[name]?.value || "");
    return days.filter(([, day]) => day < first || (last && day > last)).map(([date]) => date);
  }

  function addUp() {
    if (!output) return;
    const chosen = [...form.querySelectorAll("[data-joker]:checked")].map((one) => one.value);
    const skipped = new Set([...chosen, ...jokers, ...outside()]);
    let cents = Number(output.dataset.fixed);
    for (const { input, prices } of fields) {
      const number = quantity(input);
      if (!number) continue;
      for (const [date, price] of prices) if (!skipped.has(date)) cents += number * price;
    }
    const text = euros(cents);
    if (output.textContent !== text) output.textContent = text;
  }

  function step(input, by) {
    const wanted = Math.min(99, Math.max(0, quantity(input) + by));
    input.value = wanted || "";
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // The keys ↑ and ↓ do the same in the field itself: the buttons are for fingers.
  function button(input, by, sign, word) {
    const made = document.createElement("button");
    const label = input.labels[0]?.firstChild?.textContent.trim() ?? "";
    made.type = "button";
    made.tabIndex = -1;
    made.textContent = sign;
    made.setAttribute("aria-label", `${word} ${label}`);
    made.addEventListener("click", () => step(input, by));
    return made;
  }

  for (const holder of form.querySelectorAll(".stepper")) {
    const input = holder.querySelector("input");
    holder.prepend(button(input, -1, "−", words.less));
    holder.append(button(input, 1, "+", words.more));
  }

  // A browser keeps nothing of a personal page: what was typed comes back with "back" from here.
  const place = `signing:${location.pathname}`;

  function typed() {
    return [...form.elements].filter((one) => one.name && !["hidden", "submit"].includes(one.type));
  }

  function keep() {
    const values = typed().map((one) => [one.name, one.value, one.checked]);
    sessionStorage.setItem(place, JSON.stringify(values));
  }

  function bringBack() {
    if (performance.getEntriesByType("navigation")[0]?.type !== "back_forward") return;
    for (const [name, value, checked] of JSON.parse(sessionStorage.getItem(place) || "[]")) {
      for (const one of typed().filter((other) => other.name === name)) {
        if (one.type !== "checkbox") one.value = value;
        else if (one.value === value) one.checked = checked;
      }
    }
  }

  form.addEventListener("submit", keep);
  form.addEventListener("input", addUp);
  bringBack();
  addUp();
})();
