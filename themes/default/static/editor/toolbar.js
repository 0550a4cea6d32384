// The buttons above the text: one stop for Tab, arrows between them, states that follow the caret.

import { chooseImage } from "./images.js";
import { editLink } from "./links.js";
import { changeTable, hasHeader, newTable } from "./tables.js";
import { caretIn } from "./writer.js";

// Pressed again and again on purpose; elsewhere the second press of a double click is none.
const REPEATED = new Set(["undo", "redo", "row-below", "row-away", "column-right", "column-away"]);

export function toolbar(bar, writer, labels, tell) {
  const tools = [...bar.querySelectorAll("[data-tool]")];
  const get = (name) => bar.querySelector(`[data-tool="${name}"]`);
  const tables = bar.querySelector(".tools-of-table");
  const { editor } = writer;

  const acts = {
    bold: () => writer.toggle("STRONG", "B"),
    italic: () => writer.toggle("EM", "I"),
    ul: () => writer.toggleList("ul"),
    ol: () => writer.toggleList("ol"),
    quote: () => writer.toggleQuote(),
    link: () => editLink(writer),
    image: () => chooseImage(writer, labels),
    hr: () => writer.insertBlock(writer.source.block("<hr>")),
    left: () => writer.align("left"),
    center: () => writer.align("center"),
    right: () => writer.align("right"),
    undo: () => editor.undo(),
    redo: () => editor.redo(),
    plain: () => {
      writer.pastesPlain = !writer.pastesPlain;
      press("plain", writer.pastesPlain);
    },
    table: () => {
      const table = newTable();
      writer.insertBlock(table);
      editor.setSelection(caretIn(table.rows[0].cells[0]));
    },
  };

  const press = (name, isOn) => get(name).setAttribute("aria-pressed", String(isOn));

  bar.addEventListener("click", (event) => {
    const name = event.target.closest("button")?.dataset.tool;
    if (!name || (event.detail > 1 && !REPEATED.has(name))) return;
    if (acts[name]) acts[name]();
    else if (changeTable(writer, name)) editor.focus();
    else tell(labels.merged);
    follow();
  });
  // A press keeps the selection of the text.
  bar.addEventListener("mousedown", (event) => {
    if (event.target.closest("button")) event.preventDefault();
  });
  get("style").addEventListener("change", (event) => writer.setStyle(event.target.value));

  function follow() {
    press("bold", editor.hasFormat("STRONG") || editor.hasFormat("B"));
    press("italic", editor.hasFormat("EM") || editor.hasFormat("I"));
    press("ul", writer.closest("ul, ol")?.localName === "ul");
    press("ol", writer.closest("ul, ol")?.localName === "ol");
    press("quote", writer.closest("blockquote") !== null);
    press("link", writer.closest("a") !== null);
    for (const side of ["left", "center", "right"]) press(side, writer.alignment() === side);
    const style = writer.style();
    get("style").value = [...get("style").options].some((each) => each.value === style) ? style : "";
    const table = writer.closest("table");
    tables.hidden = table === null;
    if (table) press("header-row", hasHeader(table));
  }
  for (const event of ["pathChange", "select", "cursor", "input"]) editor.addEventListener(event, follow);

  // ----- Keyboard

  const reachable = () => tools.filter((each) => each.checkVisibility());
  const stop = (tool) => tools.forEach((each) => (each.tabIndex = each === tool ? 0 : -1));
  stop(tools[0]);
  bar.addEventListener("focusin", (event) => {
    const tool = event.target.closest("[data-tool]");
    if (tool) stop(tool);
  });
  bar.addEventListener("keydown", (event) => {
    const all = reachable();
    const here = all.indexOf(document.activeElement);
    const to = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Escape") editor.focus();
    if (to === undefined) return;
    event.preventDefault();
    all.at(to % all.length).focus();
  });
  return { follow, focus: () => tools.find((each) => each.tabIndex === 0).focus() };
}
