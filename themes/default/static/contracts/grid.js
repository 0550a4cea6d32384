// The grid of crossed-out cells: arrows move, buttons fill in place; nothing is saved before "Enregistrer".
const form = document.getElementById("grille");
const table = form?.querySelector("table.bars");

const boxes = (root) => [...root.querySelectorAll("td input")];
const rows = () => [...table.tBodies[0].rows];

function tell() {
  for (const row of rows()) row.querySelector(".none").hidden = !boxes(row).every((box) => box.checked);
  const all = boxes(table);
  const crossed = all.filter((box) => box.checked).length;
  form.querySelector(".told").textContent = table.dataset.told.replace("%(n)s", crossed).replace("%(all)s", all.length);
}

// ----- Fills: the same as the server does without scripts

function fits(row, when) {
  return when === "" || when === row.dataset.weeks || when === `jour-${row.dataset.weekday}`;
}

function chosen() {
  const { produit, quand } = form.elements;
  return rows()
    .filter((row) => fits(row, quand.value))
    .flatMap(boxes)
    .filter((box) => produit.value === "0" || box.dataset.product === produit.value);
}

function line(button) {
  const [what, key] = button.value.split("-");
  return what === "ligne" ? boxes(button.closest("tr")) : boxes(table).filter((box) => box.dataset.product === key);
}

function fill(button) {
  const isLine = button.value.includes("-");
  const cells = isLine ? line(button) : chosen();
  const cross = isLine ? !cells.every((box) => box.checked) : button.value === "barrer";
  for (const box of cells) box.checked = cross;
  tell();
}

// ----- Arrows: over the cells, and to the names of rows and columns at the edges

function controls() {
  return [...table.rows].map((row) => [...row.cells].map((cell) => cell.querySelector("button, input")));
}

function move(from, down, right) {
  const cell = from.closest("td, th");
  const target = controls()[cell.parentElement.rowIndex + down]?.[cell.cellIndex + right];
  target?.focus();
  target?.scrollIntoView({ block: "nearest", inline: "nearest" });
  return Boolean(target);
}

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

if (table) {
  // Tab goes from cell to cell; the names are a step of an arrow away.
  for (const button of table.querySelectorAll("th button")) button.tabIndex = -1;
  tell();
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=remplir]");
    if (!button) return;
    event.preventDefault();
    fill(button);
  });
  table.addEventListener("change", tell);
  table.addEventListener("keydown", (event) => {
    const way = ARROWS[event.key];
    if (way && !event.altKey && !event.ctrlKey && !event.metaKey && move(event.target, ...way)) event.preventDefault();
  });
  window.addEventListener("pageshow", tell);
}
