// Rows and columns of the table at the caret.

const ROWS = 3;
const COLUMNS = 3;

function cell(tag) {
  const element = document.createElement(tag);
  if (tag === "th") element.setAttribute("scope", "col");
  element.append(document.createElement("br"));
  return element;
}

function row(tag, count) {
  const element = document.createElement("tr");
  for (let index = 0; index < count; index += 1) element.append(cell(tag));
  return element;
}

export function newTable() {
  const table = document.createElement("table");
  const head = table.createTHead();
  const body = table.createTBody();
  head.append(row("th", COLUMNS));
  for (let index = 1; index < ROWS; index += 1) body.append(row("td", COLUMNS));
  return table;
}

const isMerged = (table) => table.querySelector("[colspan], [rowspan]") !== null;

export const hasHeader = (table) => table.tHead !== null && table.tHead.rows.length > 0;

// Return false for a table with merged cells, which is changed in the source.
export function changeTable(writer, act) {
  const here = writer.closest("td, th");
  const table = writer.closest("table");
  if (!table) return true;
  if (isMerged(table) && act !== "table-away") return false;
  writer.change(() => ACTS[act](table, here));
  return true;
}

const ACTS = {
  "row-below"(table, here) {
    const line = here?.parentNode ?? table.rows[table.rows.length - 1];
    const added = row("td", line.cells.length);
    if (line.parentNode === table.tHead) (table.tBodies[0] ?? table.createTBody()).prepend(added);
    else line.after(added);
  },
  "row-away"(table, here) {
    if (table.rows.length < 2) table.remove();
    else if (here) {
      const group = here.parentNode.parentNode;
      here.parentNode.remove();
      if (!group.rows.length) group.remove();
    }
  },
  "column-right"(table, here) {
    const index = here?.cellIndex ?? table.rows[0].cells.length - 1;
    for (const line of table.rows) {
      const beside = line.cells[index] ?? line.cells[line.cells.length - 1];
      beside.after(cell(beside.localName));
    }
  },
  "column-away"(table, here) {
    if (table.rows[0].cells.length < 2) table.remove();
    else if (here) {
      const index = here.cellIndex;
      for (const line of table.rows) line.cells[index]?.remove();
    }
  },
  "header-row"(table) {
    if (hasHeader(table)) {
      const body = table.tBodies[0] ?? table.createTBody();
      body.prepend(...[...table.tHead.rows].map((line) => renamed(line, "td")));
      table.deleteTHead();
    } else if (table.rows.length) {
      const line = renamed(table.rows[0], "th");
      table.createTHead().append(line);
    }
  },
  "table-away"(table) {
    table.remove();
  },
};

function renamed(line, tag) {
  for (const old of [...line.cells]) {
    const changed = document.createElement(tag);
    if (tag === "th") changed.setAttribute("scope", "col");
    if (old.className) changed.className = old.className;
    changed.append(...old.childNodes);
    old.replaceWith(changed);
  }
  return line;
}
