// Makes the pages quicker to use; without it everything works by links and forms.
(() => {
  "use strict";

  const labels = { ok: "OK", cancel: "Annuler", copied: "Copié", ...document.currentScript.dataset };
  const root = document.documentElement;
  const text = (element) => element.innerText.trim();
  const ligatures = { œ: "oe", æ: "ae" };
  const plain = (string) =>
    string.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replace(/[œæ]/g, (each) => ligatures[each]);

  root.classList.add("js");
  if (navigator.share) root.classList.add("share");

  // ----- Confirmation: forms with data-confirm

  function button(label, value, css) {
    const element = document.createElement("button");
    element.textContent = label;
    element.value = value;
    element.className = css;
    return element;
  }

  function hidden(name, value) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    field.value = value;
    return field;
  }

  function ask(question) {
    const dialog = document.createElement("dialog");
    const form = document.createElement("form");
    const sentence = document.createElement("p");
    const buttons = document.createElement("div");
    form.method = "dialog";
    sentence.id = "confirm-question";
    sentence.textContent = question;
    buttons.className = "buttons";
    buttons.append(button(labels.cancel, "", "secondary"), button(labels.ok, "ok", "primary"));
    form.append(sentence, buttons);
    dialog.append(form);
    dialog.setAttribute("aria-labelledby", sentence.id);
    document.body.append(dialog);
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => {
        dialog.remove();
        resolve(dialog.returnValue === "ok");
      });
    });
  }

  async function confirmThenSubmit(form, submitter) {
    if (!(await ask(form.dataset.confirm))) return;
    form.dataset.confirmed = "";
    form.append(hidden("confirme", "1")); // the page that asks the same without scripts is spared
    form.requestSubmit(submitter);
  }

  // ----- One submit only

  function submitButtons(form) {
    return form.querySelectorAll("button:not([type]), button[type=submit], input[type=submit]");
  }

  function freeze(form) {
    form.dataset.sent = "";
    // Later, so that the name of the button that was pressed is still sent.
    setTimeout(() => submitButtons(form).forEach((each) => (each.disabled = true)));
    // A form that answers with a file leaves the page where it is.
    setTimeout(() => thaw(form), 10000);
  }

  function thaw(form) {
    delete form.dataset.sent;
    delete form.dataset.confirmed;
    submitButtons(form).forEach((each) => (each.disabled = false));
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if ("sent" in form.dataset) {
      event.preventDefault();
    } else if (form.dataset.confirm && !("confirmed" in form.dataset)) {
      event.preventDefault();
      confirmThenSubmit(form, event.submitter);
    } else if (!event.submitter?.formTarget) {
      // What answers in a frame leaves the form in use.
      freeze(form);
    }
  });

  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(thaw));

  // ----- Live filter: form[data-filter=<id of a table>]

  function filter(form) {
    const words = plain(form.querySelector("input[type=search]").value).split(/\s+/);
    const table = document.getElementById(form.dataset.filter);
    let shown = 0;
    for (const row of table.tBodies[0].rows) {
      const content = plain(row.textContent);
      row.hidden = !words.every((word) => content.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    const note = table.parentElement.querySelector(".no-match > span");
    note.hidden = shown > 0;
  }

  for (const form of document.querySelectorAll("form[data-filter]")) {
    form.addEventListener("input", () => filter(form));
    form.addEventListener("submit", (event) => event.preventDefault());
    window.addEventListener("pageshow", () => filter(form));
  }

  // ----- Sort in place: table[data-whole]

  const collator = new Intl.Collator("fr", { numeric: true, sensitivity: "base" });

  function sortKey(row, column) {
    const cell = row.cells[column];
    return cell ? (cell.dataset.sort ?? cell.textContent.trim()) : "";
  }

  function compare(one, other) {
    const difference = one - other;
    return Number.isNaN(difference) ? collator.compare(one, other) : difference;
  }

  function sort(table, header) {
    const descending = header.getAttribute("aria-sort") === "ascending";
    const column = header.cellIndex;
    const rows = [...table.tBodies[0].rows].map((row) => [sortKey(row, column), row]);
    rows.sort(([one], [other]) => compare(one, other) * (descending ? -1 : 1));
    for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", descending ? "descending" : "ascending");
    table.tBodies[0].append(...rows.map(([, row]) => row));
  }

  // ----- Clicks: sort, copy, share, print; a click elsewhere closes an open menu

  function copyBySelection(element) {
    const selection = getSelection();
    selection.selectAllChildren(element);
    document.execCommand("copy");
    selection.removeAllRanges();
  }

  async function copy(control) {
    const element = document.querySelector(control.dataset.copy);
    const label = control.textContent;
    try {
      await navigator.clipboard.writeText(text(element));
    } catch {
      copyBySelection(element);
    }
    control.textContent = labels.copied;
    setTimeout(() => (control.textContent = label), 2500);
  }

  function share(control) {
    const element = control.dataset.share && document.querySelector(control.dataset.share);
    const what = element ? { text: text(element) } : { url: location.href };
    // The person may close the system's dialog: nothing to do then.
    navigator.share({ title: document.title, ...what }).catch(() => {});
  }

  const openMenus = () => document.querySelectorAll(".site-nav details[open]");

  document.addEventListener("click", (event) => {
    const target = event.target;
    const link = target.closest("table[data-whole] th a");
    const control = target.closest("[data-copy], [data-share], [data-print]");
    if (link) {
      event.preventDefault();
      sort(link.closest("table"), link.closest("th"));
    } else if (control) {
      if (control.dataset.copy) copy(control);
      else if ("share" in control.dataset) share(control);
      else print();
    }
    for (const menu of openMenus()) if (!menu.contains(target)) menu.open = false;
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of openMenus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // ----- Wide tables of a text can be scrolled by keyboard

  for (const table of document.querySelectorAll(".prose > table:not(.data)")) {
    if (table.scrollWidth > table.clientWidth) table.tabIndex = 0;
  }
})();
