// Shortcodes of a text: how one is recognised, and the chip that stands for it.

const LONGEST_LABEL = 60;
const LONGEST_TITLE = 32;
const CHIP_HEIGHT = 28;
const FONT = "600 15px system-ui, sans-serif";
const measure = document.createElement("canvas").getContext("2d");

export class Shortcodes {
  // list: [{tag, aliases, title, enclosing}]; labels: {end: "fin de"}
  constructor(list, labels) {
    this.labels = labels;
    this.byName = new Map(list.flatMap((each) => [each.tag, ...each.aliases].map((name) => [name, each])));
    const names = [...this.byName.keys()].sort((one, other) => other.length - one.length);
    const either = names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
    this.pattern = new RegExp(`\\[(\\[?)(/?)(${either})(?![\\w-])([^\\[\\]<>]*)\\](\\]?)`, "y");
  }

  // Return the shortcode that begins there, or null.
  at(source, position) {
    if (!this.byName.size) return null;
    this.pattern.lastIndex = position;
    const found = this.pattern.exec(source);
    if (!found || (found[2] && found[4].trim())) return null;
    const [, before, slash, name, , after] = found;
    const isEscaped = Boolean(before || (after && slash));
    const end = this.pattern.lastIndex - (after && !isEscaped ? 1 : 0);
    return { name, closes: slash === "/", isEscaped, end };
  }

  // Say of each token whether it opens, closes, or stands alone.
  pair(tokens) {
    const open = [];
    for (const token of tokens) {
      token.side = "";
      if (token.closes) {
        const index = open.findLastIndex((each) => each.name === token.name);
        token.side = "close";
        if (index >= 0) open.splice(index)[0].side = "open";
      } else if (!/\/\]$/.test(token.raw)) open.push(token);
    }
  }

  nameOf(code) {
    return /^\[\/?([\w-]+)/.exec(code)?.[1] ?? "";
  }

  label(code, side) {
    const name = this.nameOf(code);
    const title = this.byName.get(name)?.title ?? name;
    // What it is set to tells two of a kind apart: beside a long title it would be cut off.
    const head = title.length > LONGEST_TITLE ? name : title;
    if (side === "close") return `${this.labels.end} ${head}`;
    const values = code.slice(name.length + 1, -1).replace(/\/$/, "").trim();
    const shown = values ? `${head} : ${decoded(values)}` : title;
    return shown.length > LONGEST_LABEL ? `${shown.slice(0, LONGEST_LABEL - 1)}…` : shown;
  }

  chip(code, side = "") {
    const image = document.createElement("img");
    image.dataset.code = code;
    image.dataset.side = side;
    image.draggable = true;
    this.dress(image);
    return image;
  }

  // Draw a chip anew after its code changed.
  dress(image) {
    const { code, side } = image.dataset;
    const label = this.label(code, side);
    const mark = { open: "▼ ", close: "▲ ", "": "◆ " }[side];
    image.className = `chip ${side}`.trim();
    image.alt = label;
    image.title = code;
    image.src = picture(mark + label, side);
  }
}

function decoded(text) {
  return new DOMParser().parseFromString(text, "text/html").body.textContent;
}

// A picture of a word, so that the editor treats it as one letter.
function picture(label, side) {
  measure.font = FONT;
  const width = Math.ceil(measure.measureText(label).width * 1.06) + 24;
  const [fill, line] = side ? ["#fdf1d3", "#7a4f00"] : ["#e4eff5", "#1f5274"];
  const words = label.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${CHIP_HEIGHT}">` +
    `<rect x="1" y="1" width="${width - 2}" height="${CHIP_HEIGHT - 2}" rx="7" fill="${fill}" stroke="${line}" stroke-width="1.5"/>` +
    `<text x="12" y="19" font-family="system-ui, sans-serif" font-size="15" font-weight="600" fill="${line}">${words}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
