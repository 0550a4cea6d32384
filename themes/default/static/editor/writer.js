// The rich text: Squire with our view of a source, chips, tables and formats.

import Squire from "./squire.mjs";
import { isChip } from "./source.js";

const ALIGNMENTS = { center: "text-center", right: "text-right" };
const LAST_LINES = new Set(["FIGCAPTION", "CAPTION", "SUMMARY"]);

export class Writer {
  constructor(root, source) {
    this.root = root;
    this.source = source;
    this.editor = new Squire(root, {
      blockTag: "P",
      addLinks: false,
      sanitizeToDOMFragment: (html) => source.fragment(html),
      willCutCopy: (html) => {
        const body = new DOMParser().parseFromString(html, "text/html").body;
        return source.save(body);
      },
      didError: (error) => console.error(error),
    });
    this.editor._imageResizer.destroy();
    this.pastesPlain = false;
    this.editor.addEventListener("willPaste", (event) => semantic(event.detail.fragment));
    this.setKeys();
    root.addEventListener("beforeinput", (event) => this.leaveLastLine(event), true);
    root.addEventListener("keydown", (event) => this.walkChips(event), true);
    root.addEventListener("paste", (event) => this.pastePlain(event), true);
    root.addEventListener("click", (event) => {
      if (event.target.closest("summary, a")) event.preventDefault();
      if (event.target.localName === "img" && !event.target.closest("[data-raw]")) this.select(event.target);
    });
  }

  setKeys() {
    const { editor } = this;
    const mac = /Mac|iP(hone|ad)/.test(navigator.platform) ? "Meta-" : "Ctrl-";
    const bind = (key, act) =>
      editor.setKeyHandler(mac + key, (_editor, event) => {
        event.preventDefault();
        act();
      });
    bind("b", () => this.toggle("STRONG", "B"));
    bind("i", () => this.toggle("EM", "I"));
    bind("k", () => this.root.dispatchEvent(new CustomEvent("wantlink")));
    // Keys of Squire for what our texts don't have, or that belong to the browser.
    for (const key of ["u", "d", "Shift-5", "Shift-6", "Shift-7"]) bind(key, () => {});
    editor.setKeyHandler("PageUp", null);
    editor.setKeyHandler("PageDown", null);
  }

  // ----- Text in and out

  load(text) {
    const { editor, root } = this;
    editor.setHTML("");
    root.replaceChildren(this.source.load(text));
    if (!root.lastElementChild || root.lastElementChild.localName !== "p") root.append(blank());
    if (root.firstElementChild.contentEditable === "false") root.prepend(blank());
    // A new text begins without a past.
    Object.assign(editor, { _undoIndex: -1, _undoStackLength: 0, _isInUndoState: false });
    editor._undoStack.length = 0;
    const range = caretIn(root.firstElementChild);
    editor.saveUndoState(range);
    editor.setSelection(range);
    this.loaded = root.innerHTML;
    this.text = text;
  }

  // Return the source; the very one that was loaded as long as nothing changed.
  save() {
    return this.root.innerHTML === this.loaded ? this.text : this.source.save(this.root);
  }

  // Change the document by hand; it can be undone.
  change(act) {
    this.editor.saveUndoState();
    act();
    this.editor.fireEvent("input");
  }

  // ----- Where the caret is

  range() {
    return this.editor.getSelection();
  }

  closest(selector) {
    const range = this.range();
    let node = range.commonAncestorContainer;
    const inside = range.startContainer.nodeType === 1 ? range.startContainer.childNodes[range.startOffset] : null;
    if (inside?.matches?.(selector)) return inside;
    if (node.nodeType !== 1) node = node.parentNode;
    const found = node.closest(selector);
    return found && this.root.contains(found) && found !== this.root ? found : null;
  }

  // Return the image or chip that is selected, or null.
  selected() {
    const range = this.range();
    const node = range.startContainer.nodeType === 1 ? range.startContainer.childNodes[range.startOffset] : null;
    const isOne = range.startContainer === range.endContainer && range.endOffset === range.startOffset + 1;
    return isOne && node?.localName === "img" ? node : null;
  }

  select(node) {
    const range = document.createRange();
    range.selectNode(node);
    this.root.focus({ preventScroll: true });
    this.editor.setSelection(range);
    this.editor.fireEvent("select");
  }

  // The block at the very top that holds the caret.
  top() {
    let node = this.range().startContainer;
    while (node.parentNode && node.parentNode !== this.root) node = node.parentNode;
    return node.parentNode === this.root ? node : this.root.lastElementChild;
  }

  // ----- Formats

  toggle(tag, other) {
    const { editor } = this;
    const has = [tag, other].find((each) => editor.hasFormat(each));
    editor.changeFormat(has ? null : { tag }, has ? { tag: has } : null);
  }

  // style: "p", "h2", "p.lead"
  setStyle(style) {
    const [tag, name = ""] = style.split(".");
    this.editor.modifyBlocks((fragment) => {
      for (const block of [...fragment.querySelectorAll("p, h2, h3, h4, h5, h6, pre, div")]) {
        if (block.dataset.raw !== undefined || block.querySelector("p, h2, h3, h4, ul, ol, table, figure")) continue;
        const changed = document.createElement(tag);
        for (const { name: key, value } of block.attributes) {
          if (key !== "data-own") changed.setAttribute(key, value);
        }
        changed.classList.remove("lead", "note");
        if (name) changed.classList.add(name);
        if (!changed.classList.length) changed.removeAttribute("class");
        changed.append(...block.childNodes);
        block.replaceWith(changed);
      }
      return fragment;
    });
    this.editor.focus();
  }

  style() {
    const block = this.closest("p, h2, h3, h4, h5, h6, pre");
    if (!block) return "";
    const name = ["lead", "note"].find((each) => block.classList.contains(each));
    return block.localName + (name ? `.${name}` : "");
  }

  align(side) {
    this.editor.forEachBlock((block) => {
      block.classList.remove(...Object.values(ALIGNMENTS));
      if (ALIGNMENTS[side]) block.classList.add(ALIGNMENTS[side]);
      if (!block.classList.length) block.removeAttribute("class");
    }, true);
    this.editor.focus();
  }

  alignment() {
    const block = this.closest("p, h2, h3, h4, h5, h6, li, td, th, dt, dd, figcaption");
    return Object.keys(ALIGNMENTS).find((side) => block?.classList.contains(ALIGNMENTS[side])) ?? "left";
  }

  toggleList(tag) {
    const list = this.closest("ul, ol");
    if (list?.localName === tag) this.editor.removeList();
    else if (tag === "ul") this.editor.makeUnorderedList();
    else this.editor.makeOrderedList();
  }

  toggleQuote() {
    if (this.closest("blockquote")) this.editor.decreaseQuoteLevel();
    else this.editor.increaseQuoteLevel();
  }

  // ----- Insertion

  // Put a block after the one at the caret (in the place of an empty one).
  insertBlock(...blocks) {
    this.change(() => {
      const here = this.top();
      here.after(...blocks);
      if (here.localName === "p" && !here.textContent && !here.querySelector("img")) here.remove();
      if (!blocks.at(-1).nextElementSibling) blocks.at(-1).after(blank());
    });
    const next = blocks.at(-1).nextElementSibling;
    const range = caretIn(next);
    this.root.focus({ preventScroll: true });
    this.editor.setSelection(range);
  }

  insertInline(node) {
    this.change(() => {
      const range = this.range();
      range.deleteContents();
      range.insertNode(node);
      const block = node.parentElement;
      for (const br of block.querySelectorAll(":scope > br:last-child")) if (br !== node && block.childNodes.length > 1) br.remove();
    });
    const range = document.createRange();
    range.setStartAfter(node);
    range.collapse(true);
    this.root.focus({ preventScroll: true });
    this.editor.setSelection(range);
  }

  // An enclosing shortcode goes around the selected blocks, else around a new paragraph.
  enclose(opening, closing) {
    const range = this.range();
    const one = document.createElement("p");
    const other = document.createElement("p");
    one.append(opening);
    other.append(closing);
    let first = range.startContainer;
    let last = range.endContainer;
    const isWhole = !range.collapsed && first !== this.root && last !== this.root;
    if (!isWhole) {
      const inside = blank();
      this.insertBlock(one, inside, other);
      this.editor.setSelection(caretIn(inside));
      return;
    }
    this.change(() => {
      while (first.parentNode !== this.root) first = first.parentNode;
      while (last.parentNode !== this.root) last = last.parentNode;
      first.before(one);
      last.after(other);
    });
  }

  pastePlain(event) {
    if (!this.pastesPlain || event.clipboardData.files.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.editor.insertPlainText(event.clipboardData.getData("text/plain"), true);
  }

  // ----- Keys

  // Enter in a caption leads below the figure or table.
  leaveLastLine(event) {
    if (event.inputType !== "insertParagraph") return;
    const last = this.closest("figcaption, caption, summary");
    if (!last || !LAST_LINES.has(last.nodeName)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const line = blank();
    this.change(() => (last.localName === "summary" ? last : last.parentNode).after(line));
    this.editor.setSelection(caretIn(line));
  }

  // An arrow selects a chip before it goes past; Enter on a selected one opens it.
  walkChips(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const selected = this.selected();
    if (selected && event.key === "Enter") {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.root.dispatchEvent(new CustomEvent("wantedit", { detail: selected }));
      return;
    }
    const back = event.key === "ArrowLeft";
    if (!back && event.key !== "ArrowRight") return;
    const range = this.range();
    if (selected && isChip(selected)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      range.collapse(back);
      this.editor.setSelection(range);
      return;
    }
    if (!range.collapsed) return;
    const chip = neighbour(range, back);
    if (!isChip(chip)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.select(chip);
  }
}

// Return the range of a caret at the beginning of a node.
export function caretIn(node) {
  const range = document.createRange();
  range.setStart(node, 0);
  return range;
}

function blank() {
  const line = document.createElement("p");
  line.append(document.createElement("br"));
  return line;
}

// Return the node just before or after a caret, or null.
function neighbour(range, back) {
  const { startContainer: node, startOffset: offset } = range;
  if (node.nodeType === 1) return node.childNodes[back ? offset - 1 : offset] ?? null;
  if (back ? offset > 0 : offset < node.data.length) return null;
  return back ? node.previousSibling : node.nextSibling;
}

// Squire writes <b> and <i> for what is pasted.
function semantic(fragment) {
  for (const [old, tag] of [["b", "strong"], ["i", "em"]]) {
    for (const element of fragment.querySelectorAll(old)) {
      const changed = document.createElement(tag);
      changed.append(...element.childNodes);
      element.replaceWith(changed);
    }
  }
}
