// The editing screen of a page: rich text over the <textarea>, which stays what is sent.

import { drafts } from "./drafts.js";
import { chooseImage, placeImage } from "./images.js";
import { editLink } from "./links.js";
import { openForm, openPalette, partner } from "./palette.js";
import { preview } from "./preview.js";
import { Shortcodes } from "./shortcodes.js";
import { isChip, Source } from "./source.js";
import { toolbar } from "./toolbar.js";
import { Writer } from "./writer.js";

const form = document.getElementById("page-form");
const holder = document.getElementById("editeur");
const labels = holder.dataset;
const area = form.elements.body;
const field = area.closest(".field");
const WAIT = 300; // milliseconds after the last key

const source = new Source(JSON.parse(labels.allowed), new Shortcodes(JSON.parse(labels.shortcodes), { end: labels.end }));
source.lockedTitle = labels.locked;

// Who comes back to the form of a new page by the browser's arrow goes on with the page that it
// made, and with its text, which the browser does not fill in again.
const { made } = form.elements;
if (made) {
  made.value = history.state?.made ?? made.value;
  area.value = history.state?.body ?? area.value;
  history.replaceState({ ...history.state, made: made.value }, "");
}

// ----- The rich text beside the source

const bar = document.createElement("div");
bar.append(document.getElementById("outils").content.cloneNode(true));
const root = document.createElement("div");
root.id = "riche";
root.className = "rich prose";
root.setAttribute("role", "textbox");
root.setAttribute("aria-multiline", "true");
root.setAttribute("aria-label", labels.label);
root.lang = document.documentElement.lang;
const modes = document.createElement("div");
modes.className = "modes";
modes.setAttribute("role", "group");
modes.setAttribute("aria-label", labels.label);
const [toRich, toSource] = [labels.rich, labels.source].map((label) => {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  modes.append(button);
  return button;
});
field.before(modes, bar, root);
const writer = new Writer(root, source);
let isRich = false;
let timer = null;

const status = document.getElementById("garde");
const tell = (sentence, isBad = false) => {
  status.textContent = sentence;
  status.className = isBad ? "bad" : "";
};
const sized = document.getElementById("taille");
function size() {
  const bytes = new TextEncoder().encode(area.value.replace(/\r?\n/g, "\n")).length;
  const [most, large] = [Number(labels.most), Number(labels.large)];
  const words = labels.size.replace("%(size)s", Math.ceil(bytes / 1000)).replace("%(most)s", most / 1000);
  sized.textContent = bytes > large ? words : "";
  sized.className = bytes > most ? "bad" : "";
}

function sync() {
  clearTimeout(timer);
  timer = null;
  if (isRich) area.value = writer.save();
}

function setMode(rich) {
  sync();
  isRich = rich;
  if (rich) writer.load(area.value);
  for (const each of [bar, root]) each.hidden = !rich;
  field.hidden = rich;
  toRich.setAttribute("aria-pressed", String(rich));
  toSource.setAttribute("aria-pressed", String(!rich));
}

toRich.addEventListener("click", () => {
  if (!isRich) setMode(true);
  root.focus();
});
toSource.addEventListener("click", () => {
  if (isRich) setMode(false);
  area.focus();
});

// ----- What goes with it

const tools = toolbar(bar.querySelector("[role=toolbar]"), writer, labels, (words) => tell(words, true));
setMode(true);
const looking = preview(form, labels.previewUrl);
const keeping = drafts(form, labels, tell, () => {
  sync();
  return area.value;
});
size();

function changed() {
  sync();
  size();
  looking.changed();
  keeping.changed();
}
function soon() {
  clearTimeout(timer);
  timer = setTimeout(changed, WAIT);
}
writer.editor.addEventListener("input", soon);
area.addEventListener("input", soon);
form.elements.title.addEventListener("input", () => keeping.changed());
form.addEventListener("submit", sync, true);
form.addEventListener("submit", () => {
  if (made) history.replaceState({ ...history.state, body: area.value }, "");
});
form.addEventListener("formdata", (event) => event.formData.set("body", (sync(), area.value)));

// ----- Shortcodes, links, images

const shortcodeUrl = (tag) => labels.shortcodeUrl.replace("TAG", encodeURIComponent(tag));

function edit(node) {
  if (!isChip(node)) {
    placeImage(writer, node);
    return;
  }
  const chip = node.dataset.side === "close" ? (partner(writer, node) ?? node) : node;
  openForm(writer, shortcodeUrl(source.shortcodes.nameOf(chip.dataset.code)), chip);
}

root.addEventListener("wantedit", (event) => edit(event.detail));
root.addEventListener("click", (event) => {
  if (event.target.localName === "img" && !event.target.closest("[data-raw]")) edit(event.target);
});
root.addEventListener("wantlink", () => editLink(writer));
writer.editor.addEventListener("select", () => {
  const chip = writer.selected();
  for (const each of root.querySelectorAll("img.selected")) if (each !== chip) each.classList.remove("selected");
  if (isChip(chip)) tell(`${chip.alt}. ${labels.chipHint}`);
});
document.addEventListener("keydown", (event) => {
  if (event.altKey && event.key === "F10" && root.contains(document.activeElement)) tools.focus();
});

const add = document.getElementById("ajouter");
add.hidden = false;
document.getElementById("palette").hidden = true;
add.querySelector("button").addEventListener("click", () => {
  if (!isRich) setMode(true);
  openPalette(writer, shortcodeUrl);
});

const imageOf = (files) => [...(files ?? [])].find((each) => each.type.startsWith("image/"));
writer.editor.addEventListener("pasteImage", (event) => {
  const file = imageOf(event.detail.clipboardData.files);
  if (file) chooseImage(writer, labels, file);
});
root.addEventListener("dragover", (event) => {
  if ([...event.dataTransfer.types].includes("Files")) event.preventDefault();
});
root.addEventListener(
  "drop",
  (event) => {
    const file = imageOf(event.dataTransfer.files);
    if (!file) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    chooseImage(writer, labels, file);
  },
  true,
);

// The fields of a scheduled page show when it is one.
const waits = form.querySelector("[data-for-state]");
const showWaits = () => (waits.hidden = form.elements.state.value !== waits.dataset.forState);
form.elements.state.addEventListener("change", showWaits);
showWaits();
