// Between the source of a text (HTML with shortcodes) and what the editor shows.
//
// What is shown differs from the source so that nothing can be lost while it is edited:
// - a shortcode is an image with its code (a "chip"), to be moved and deleted like a letter;
// - what stands loose between blocks gets a paragraph (at the top) or a plain <div> (deeper);
// - id and name are put away, so that they don't meet those of the screen;
// - a passage that could not come back as it was is locked: shown, kept, and not edited.
// A block that nobody touched comes back letter by letter.

const words = (text) => new Set(text.split(" "));
const VOID = words("br col hr img input wbr");
const BLOCKS = words(
  "blockquote caption col colgroup dd details div dl dt figcaption figure h1 h2 h3 h4 h5 h6 hr li ol p pre section" +
    " summary table tbody td tfoot th thead tr ul",
);
const ROWS = words("blockquote colgroup details dl figure ol section table tbody tfoot thead tr ul"); // a line for each child
const RAW = words("script style template noscript iframe object svg math title head textarea select");
const ADDRESSES = words("href src cite");
const FOREIGN_CLASS = /^(Mso|Apple-|gmail|x_|docs-|wp-|has-)/;
const SAFE = /^(https?:|mailto:|tel:|[^a-z]|[a-z+.-]+([^a-z+.:-]|$))/i;
const TAG = /<(\/?)([a-z][^\s/>]*)((?:"[^"]*"|'[^']*'|[^>"'])*)>/iy;
const HIDDEN = "\u2063"; // before a bracket that the source writes as an entity: no shortcode begins there
const ENTITY = { "[": /&(?:#0*91|#x0*5b|lbrack|lsqb);/gi, "]": /&(?:#0*93|#x0*5d|rbrack|rsqb);/gi };

const isBlock = (node) => node.nodeType === 1 && (BLOCKS.has(node.localName) || holdsBlock(node));
const holdsBlock = (element) => [...element.querySelectorAll("*")].some((each) => BLOCKS.has(each.localName));
const isBlank = (node) => node.nodeType === 3 && !/[^ \t\r\n]/.test(node.data);
export const isChip = (node) => node?.nodeType === 1 && node.dataset.code !== undefined;
const parsed = (html) => new DOMParser().parseFromString(`<body>${html}`, "text/html").body;
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

export class Source {
  // allowed: {tags: […], attributes: {"*": […], a: […]}}; shortcodes: a Shortcodes
  constructor(allowed, shortcodes) {
    this.tags = new Set(allowed.tags);
    this.attributes = allowed.attributes;
    this.shortcodes = shortcodes;
    this.lockedTitle = "";
    this.originals = new Map();
  }

  // ----- Source to view

  // Return a fragment for the editor, and remember how each block was written.
  load(source) {
    this.originals = new Map();
    const fragment = document.createDocumentFragment();
    const slices = this.slices(source);
    if (slices === null) {
      this.build(source, fragment);
      return fragment;
    }
    for (const { lead, raw } of slices) {
      const block = this.block(raw);
      if (block === null) continue; // an empty paragraph
      fragment.append(block);
      const key = this.written(block);
      if (!this.originals.has(key)) this.originals.set(key, []);
      this.originals.get(key).push({ lead, raw });
    }
    this.pairChips(fragment);
    return fragment;
  }

  // Each block was read alone: opening and closing chips may stand in different ones.
  pairChips(fragment) {
    const chips = [...fragment.querySelectorAll("[data-code]")];
    const tokens = chips.map(({ dataset: { code } }) => ({
      name: this.shortcodes.nameOf(code),
      closes: code.startsWith("[/"),
      raw: code,
    }));
    this.shortcodes.pair(tokens);
    chips.forEach((chip, index) => {
      if (chip.dataset.side === tokens[index].side) return;
      chip.dataset.side = tokens[index].side;
      this.shortcodes.dress(chip);
    });
  }

  block(raw) {
    const holder = document.createDocumentFragment();
    this.build(raw, holder);
    const block = holder.firstChild;
    if (!holder.childNodes.length && !this.canonical(raw)) return null;
    if (block?.localName === "p" && this.written(block) === "") return null;
    const meant = this.canonical(raw);
    const [written, loose] = [this.canonical(this.written(block)), `<p>${meant}</p>`];
    const comesBack = holder.childNodes.length === 1 && (written === meant || written === loose);
    return comesBack && block.localName !== "hr" ? block : this.locked(raw, holder);
  }

  locked(raw, content) {
    const box = document.createElement("div");
    box.contentEditable = "false";
    box.dataset.raw = raw;
    box.className = /^<hr\b[^>]*>$/i.test(raw) ? "locked line" : "locked";
    if (box.className === "locked") box.title = this.lockedTitle;
    box.append(content);
    return box;
  }

  // Return a fragment of anything, for what is pasted or inserted.
  fragment(html) {
    const fragment = document.createDocumentFragment();
    const start = /<!--StartFragment-->/i.exec(html);
    this.build(start ? html.slice(start.index).replace(/<!--(Start|End)Fragment-->/gi, "") : html, fragment, true);
    return fragment;
  }

  build(source, target, isPasted = false) {
    const mark = `k${Math.random().toString(36).slice(2)}-`;
    const codes = [];
    const html = this.tokens(source)
      .map((token) => {
        if (token.kind === "code") return `<img alt="${mark}${codes.push(token) - 1}">`;
        if (token.kind === "tag") return token.raw;
        return token.raw.replace(ENTITY["["], `${HIDDEN}[`).replace(ENTITY["]"], `${HIDDEN}]`);
      })
      .join("");
    this.copy(parsed(html), target, { mark, codes, isPasted, inPre: false });
    this.settle(target, true);
  }

  copy(from, to, state) {
    for (const node of from.childNodes) {
      if (node.nodeType === 3) to.append(state.inPre ? node.data : node.data.replace(/[ \t\r\n]+/g, " "));
      else if (node.nodeType === 1) this.copyElement(node, to, state);
    }
  }

  copyElement(node, to, state) {
    const name = node.localName;
    if (name === "img" && node.alt.startsWith(state.mark)) {
      const token = state.codes[Number(node.alt.slice(state.mark.length))];
      to.append(this.shortcodes.chip(token.raw, token.side));
      return;
    }
    if (RAW.has(name)) return;
    const wanted = state.isPasted && name === "h1" ? "h2" : name;
    const isBare = state.isPasted && (name === "span" || /^(normal|400)$/.test(node.style.fontWeight) && name === "b");
    if (!this.tags.has(wanted) || isBare) {
      this.copy(node, to, state);
      return;
    }
    const element = document.createElement(wanted);
    for (const { name: key, value } of node.attributes) this.copyAttribute(element, key, value, state.isPasted);
    if (wanted === "div") element.dataset.own = "";
    if (wanted === "details" && !node.hasAttribute("open")) {
      element.dataset.closed = "";
      element.setAttribute("open", "");
    }
    this.copy(node, element, { ...state, inPre: state.inPre || name === "pre" });
    if (!VOID.has(wanted)) this.settle(element, false);
    to.append(element);
  }

  copyAttribute(element, key, value, isPasted) {
    const allowed = [...(this.attributes["*"] ?? []), ...(this.attributes[element.localName] ?? [])];
    if (!allowed.includes(key)) return;
    // The browser reads an address without its blanks and control signs.
    if (ADDRESSES.has(key) && !SAFE.test(value.replace(/[\0-\x20\x7f-\xa0]/g, "") || "#")) return;
    if (key === "class" && isPasted) {
      value = value.split(/\s+/).filter((each) => !FOREIGN_CLASS.test(each)).join(" ");
      if (!value) return;
    }
    if (key === "id" || key === "name") element.setAttribute(`data-${key}`, value);
    else element.setAttribute(key, value);
  }

  // Give loose text beside blocks a block of its own; drop blanks that show nothing.
  settle(element, isTop) {
    const children = [...element.childNodes];
    if (!isTop && !children.some(isBlock)) {
      if (element.localName !== "pre") trim(element);
      if (BLOCKS.has(element.localName) && isEmpty(element)) element.append(document.createElement("br"));
      return;
    }
    let run = [];
    const flush = (before) => {
      while (run.length && isBlank(run[0])) run.shift().remove();
      while (run.length && isBlank(run.at(-1))) run.pop().remove();
      const groups = run.every((each) => isChip(each) || isBlank(each)) ? run.filter(isChip).map((each) => [each]) : [run];
      for (const group of groups.filter((each) => each.length)) {
        const box = document.createElement(isTop ? "p" : "div");
        element.insertBefore(box, before);
        box.append(...group);
        trim(box);
      }
      run.filter((each) => each.parentNode === element).forEach((each) => each.remove());
      run = [];
    };
    for (const child of children) {
      if (isBlock(child)) flush(child);
      else run.push(child);
    }
    flush(null);
  }

  // ----- Reading the source

  // Return tags, shortcodes and what lies between, in order.
  tokens(source) {
    const found = [];
    let text = 0;
    let position = 0;
    const push = (token, end) => {
      if (text < position) found.push({ kind: "text", raw: source.slice(text, position) });
      found.push({ ...token, raw: source.slice(position, end) });
      text = position = end;
    };
    while (position < source.length) {
      const next = source.slice(position).search(/[<[]/);
      if (next < 0) break;
      position += next;
      if (source[position] === "<") {
        if (source.startsWith("<!--", position)) {
          const end = source.indexOf("-->", position);
          push({ kind: "comment" }, end < 0 ? source.length : end + 3);
          continue;
        }
        TAG.lastIndex = position;
        const tag = TAG.exec(source);
        if (tag) push({ kind: "tag", name: tag[2].toLowerCase(), closes: tag[1] === "/" }, TAG.lastIndex);
        else position += 1;
      } else {
        const code = this.shortcodes.at(source, position);
        if (code === null) position += 1;
        else if (code.isEscaped) position = code.end;
        else push({ kind: "code", name: code.name, closes: code.closes }, code.end);
      }
    }
    position = source.length;
    if (text < position) found.push({ kind: "text", raw: source.slice(text) });
    this.shortcodes.pair(found.filter((token) => token.kind === "code"));
    return found;
  }

  // Cut a source between its outermost blocks; null if its tags are not closed in order.
  slices(source) {
    const found = [];
    let open = [];
    let run = [];
    const flush = () => {
      for (const group of lines(run)) {
        const raw = group.map((token) => token.raw).join("").trim();
        if (raw) found.push(raw);
      }
      run = [];
    };
    let block = null; // tokens of the open block
    for (const token of this.tokens(source)) {
      const isTag = token.kind === "tag";
      if (isTag && token.closes) {
        if (open.pop() !== token.name) return null;
        (block ?? run).push(token);
        if (block && open.length === block.depth) {
          found.push(block.map((each) => each.raw).join(""));
          block = null;
        }
        continue;
      }
      if (isTag && block === null && BLOCKS.has(token.name)) {
        if (open.length) return null; // a block in a loose inline tag
        flush();
        if (VOID.has(token.name)) {
          found.push(token.raw);
          continue;
        }
        block = Object.assign([], { depth: open.length });
      }
      (block ?? run).push(token);
      if (isTag && !VOID.has(token.name)) open.push(token.name);
    }
    if (open.length) return null;
    flush();
    let end = 0;
    return found.map((raw) => {
      const start = source.indexOf(raw, end);
      const lead = source.slice(end, start);
      end = start + raw.length;
      return { lead, raw };
    });
  }

  // Return what a source means, to compare: allowed tags, attributes, text without blanks.
  canonical(source) {
    const walk = (node) => {
      if (node.nodeType === 3) return escaped(node.data).replace(/\s+/g, "");
      if (node.nodeType !== 1 || RAW.has(node.localName)) return "";
      const inside = [...node.childNodes].map(walk).join("");
      if (!this.tags.has(node.localName)) return inside;
      const probe = document.createElement(node.localName);
      for (const { name, value } of node.attributes) this.copyAttribute(probe, name, value, false);
      const open = probe.outerHTML.replace(/<\/[^>]*>$/, "");
      return `${open}${inside}</${node.localName}>`;
    };
    const whole = [...parsed(source).childNodes].map(walk).join("");
    return whole
      .replace(/<br><\/br>(?=<\/(?:p|li|td|th|div|dd|dt|h[1-6]|blockquote|figcaption|caption|summary)>)/g, "")
      .replace(/<p>(\[[^[\]<>]*\])<\/p>/g, "$1");
  }

  // ----- View to source

  // Return the source of what the editor shows.
  save(root) {
    const left = new Map([...this.originals].map(([key, list]) => [key, [...list]]));
    let source = "";
    for (const written of this.blocks(root)) {
      const original = left.get(written)?.shift();
      source += `${original && source ? original.lead || "\n" : source && "\n"}${original?.raw ?? written}`;
    }
    return source;
  }

  // Return the source of each block; what stands loose at the top is a paragraph.
  blocks(root) {
    const found = [];
    let loose = "";
    const flush = () => {
      if (loose.trim()) found.push(`<p>${loose.trim()}</p>`);
      loose = "";
    };
    for (const child of root.childNodes) {
      if (child.nodeType === 1 && (isBlock(child) || child.dataset.raw !== undefined)) {
        flush();
        const written = this.written(child);
        if (written) found.push(written);
      } else loose += child.localName === "br" ? "" : this.written(child, false);
    }
    flush();
    return found;
  }

  // Return the source of one block of the view.
  written(node, isTop = true) {
    if (node.nodeType === 3) return isTop && isBlank(node) ? "" : text(node);
    if (node.nodeType !== 1) return "";
    if (isChip(node)) return node.dataset.code;
    if (node.dataset.raw !== undefined) return node.dataset.raw;
    const name = node.localName;
    if (VOID.has(name)) return `<${name}${this.attributesOf(node)}>`;
    if (!isBlock(node)) return this.inline(node);
    const isLoose = (name === "p" || (name === "div" && node.dataset.own === undefined)) && !this.attributesOf(node);
    if (isLoose) return this.loose(node, isTop);
    return `<${name}${this.attributesOf(node)}>${this.inside(node)}</${name}>`;
  }

  inline(node) {
    const inside = [...node.childNodes].map((each) => this.written(each, false)).join("");
    const name = node.localName;
    if (!this.tags.has(name) || (name === "span" && !this.attributesOf(node))) return inside;
    if (!inside && name !== "a" && !this.attributesOf(node)) return "";
    return `<${name}${this.attributesOf(node)}>${inside}</${name}>`;
  }

  loose(node, isTop) {
    const children = [...node.childNodes].filter((each) => each.localName !== "br" && !isBlank(each));
    if (children.length === 1 && isChip(children[0])) return children[0].dataset.code;
    if ([...node.childNodes].some(isBlock)) return this.inside(node).trim();
    const inside = this.inside(node);
    if (!inside) return "";
    return isTop || node.localName === "p" || isBeside(node) ? `<p>${inside}</p>` : inside;
  }

  inside(node) {
    const children = [...node.childNodes];
    if (node.localName === "pre") {
      const text = children.map((each) => this.written(each, false)).join("").replace(/<br>$/, "");
      return text.startsWith("\n") ? `\n${text}` : text;
    }
    if (ROWS.has(node.localName) && children.some(isBlock)) {
      const rows = children.map((each) => this.written(each, false).trim()).filter(Boolean);
      return `\n${rows.join("\n")}\n`;
    }
    if (children.some(isBlock)) {
      return children.map((each) => this.written(each, false).trim()).filter(Boolean).join("\n");
    }
    const line = children.map((each) => this.written(each, false)).join("");
    return line.replace(/(<br>)$/, "").replace(/^[ \n]+|[ \n]+$/g, "");
  }

  attributesOf(node) {
    const own = { "data-id": "id", "data-name": "name" };
    let text = "";
    for (const { name, value } of node.attributes) {
      if (name === "open" && node.dataset.closed !== undefined) continue;
      const key = own[name] ?? name;
      const allowed = [...(this.attributes["*"] ?? []), ...(this.attributes[node.localName] ?? [])];
      if (!allowed.includes(key) || (key === name && (key === "id" || key === "name"))) continue;
      if (key === "class" && !value.trim()) continue;
      text += value === "" && (key === "open" || key === "reversed") ? ` ${key}` : ` ${key}="${escaped(value).replaceAll('"', "&quot;")}"`;
    }
    return text;
  }
}

const text = (node) =>
  escaped(node.data.replace(/\u200b/g, "")).replaceAll(`${HIDDEN}[`, "&#91;").replaceAll(`${HIDDEN}]`, "&#93;");

// Part loose text from the shortcodes that stand alone on a line, or with blanks only.
function lines(run) {
  const isBare = run.every((token) => token.kind === "code" || !token.raw.trim());
  const groups = [[]];
  run.forEach((token, index) => {
    const before = run[index - 1]?.raw ?? "\n";
    const after = run[index + 1]?.raw ?? "\n";
    const isAlone = /\n[ \t]*$/.test(before) && /^[ \t]*\r?\n/.test(after);
    if (token.kind === "code" && (isBare || isAlone)) groups.push([token], []);
    else groups.at(-1).push(token);
  });
  return groups;
}

function trim(element) {
  const first = element.firstChild;
  if (first?.nodeType === 3) first.data = first.data.replace(/^[ \t\r\n]+/, "");
  const last = element.lastChild;
  if (last?.nodeType === 3) last.data = last.data.replace(/[ \t\r\n]+$/, "");
}

const isEmpty = (element) =>
  !VOID.has(element.localName) && !element.textContent && !element.querySelector("img, br, hr, col");

function isBeside(node) {
  const isPlain = (one) => one?.localName === "div" && one.dataset.own === undefined && one.dataset.raw === undefined;
  return isPlain(node.previousElementSibling) && node.previousElementSibling.querySelector(":scope > [data-code]:only-child") === null
    || isPlain(node.nextElementSibling) && node.nextElementSibling.querySelector(":scope > [data-code]:only-child") === null;
}
