// The palette of shortcodes, and the form of one: the server makes the form and writes the code.

import { holds, open, page } from "./dialogs.js";

// Open the list; a choice leads to its form.
export function openPalette(writer, urlOf) {
  const range = writer.range().cloneRange();
  let chosen = null;
  const dialog = open("dialog-palette", () => {
    writer.editor.focus();
    writer.editor.setSelection(range);
    if (chosen) openForm(writer, urlOf(chosen), null);
  });
  const list = dialog.querySelector("[data-part=list]");
  const search = dialog.querySelector("#palette-search");
  for (const item of document.querySelectorAll("#palette [data-tag]")) {
    const line = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.tag = item.dataset.tag;
    button.append(...[...item.querySelector("a").childNodes].map((node) => node.cloneNode(true)));
    button.querySelectorAll("[id]").forEach((each) => each.removeAttribute("id"));
    line.append(button);
    list.append(line);
  }
  search.addEventListener("input", () => {
    let shown = 0;
    for (const line of list.children) {
      line.hidden = !holds(line.textContent, search.value);
      shown += line.hidden ? 0 : 1;
    }
    dialog.querySelector("[data-part=none]").hidden = shown > 0;
  });
  const choose = (button) => {
    chosen = button.dataset.tag;
    dialog.close();
  };
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const first = [...list.children].find((line) => !line.hidden);
    if (first) choose(first.firstElementChild);
  });
  list.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) choose(button);
  });
  search.focus();
}

// Open the form of a shortcode: a new one, or that of a chip.
export async function openForm(writer, url, chip) {
  const range = writer.range().cloneRange();
  const dialog = open("dialog-shortcode", () => writer.editor.focus());
  const part = (name) => dialog.querySelector(`[data-part=${name}]`);
  const done = dialog.querySelector("[data-done]");
  const alert = dialog.querySelector("[role=alert]");
  dialog.querySelector("[data-away]").hidden = chip === null;
  if (chip) done.textContent = done.dataset.change;

  let form = null;
  done.disabled = true; // until the form is there
  const show = async (address) => {
    const found = await page(address);
    form = found.querySelector("#shortcode-form");
    part("title").textContent = form.dataset.title;
    part("code").textContent = form.dataset.code;
    for (const each of form.querySelectorAll(".message.success, #code")) each.closest("p").remove();
    form.querySelector(".buttons").hidden = true; // Enter in a field still presses its button
    part("form").replaceChildren(form);
    done.disabled = false;
    (form.querySelector(".wrong input, select, input[type=text]") ?? done).focus();
  };
  const submit = async () => {
    if (done.disabled) return; // not there yet, or pressed twice
    done.disabled = true;
    alert.hidden = true;
    try {
      await show(`${new URL(form.action).pathname}?${new URLSearchParams(new FormData(form))}`);
    } catch {
      alert.hidden = false;
      done.disabled = false;
      return;
    }
    if (!dialog.open || !("composed" in form.dataset)) return;
    const { code } = form.dataset;
    const isEnclosing = "enclosing" in form.dataset;
    dialog.close();
    writer.editor.focus();
    writer.editor.setSelection(range);
    if (chip) change(writer, chip, code);
    else insert(writer, code, isEnclosing);
  };
  dialog.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  done.addEventListener("click", submit);
  dialog.querySelector("[data-away]").addEventListener("click", () => {
    dialog.close();
    remove(writer, chip);
  });
  try {
    const asked = chip ? `?${new URLSearchParams({ code: chip.dataset.code })}` : "";
    await show(url + asked);
  } catch {
    alert.hidden = false;
  }
}

function change(writer, chip, code) {
  if (chip.dataset.code === code) return;
  writer.change(() => {
    chip.dataset.code = code;
    writer.source.shortcodes.dress(chip);
  });
}

function insert(writer, code, isEnclosing) {
  const { shortcodes } = writer.source;
  if (isEnclosing) {
    const name = shortcodes.nameOf(code);
    writer.enclose(shortcodes.chip(code, "open"), shortcodes.chip(`[/${name}]`, "close"));
  } else writer.insertInline(shortcodes.chip(code));
}

// An opening or closing chip goes with the other one; what they enclose stays.
function remove(writer, chip) {
  writer.change(() => {
    const other = partner(writer, chip);
    for (const each of [chip, other].filter(Boolean)) {
      const line = each.parentElement;
      each.remove();
      if (line.matches("p, div") && !line.textContent.trim() && !line.querySelector("img")) line.remove();
    }
  });
}

function partner(writer, chip) {
  const { side } = chip.dataset;
  if (!side) return null;
  const name = writer.source.shortcodes.nameOf(chip.dataset.code);
  const all = [...writer.root.querySelectorAll("[data-code]")].filter(
    (each) => each.dataset.side && writer.source.shortcodes.nameOf(each.dataset.code) === name,
  );
  if (side === "close") all.reverse();
  let depth = 0;
  for (const each of all.slice(all.indexOf(chip))) {
    depth += each.dataset.side === side ? 1 : -1;
    if (depth === 0) return each;
  }
  return null;
}

export { partner };
