// The dialog of a link: a page of the site, an address, a mail, a telephone number.

import { holds, open } from "./dialogs.js";

const BUTTON = ["button", "primary"];

export function editLink(writer) {
  const link = writer.closest("a");
  const range = writer.range().cloneRange();
  const dialog = open("dialog-link", () => writer.editor.focus());
  const get = (name) => dialog.querySelector(`#link-${name}`);
  const [text, search, pages, href, style] = ["text", "search", "pages", "href", "style"].map(get);
  const options = [...pages.options];
  href.value = link?.getAttribute("href") ?? "";
  style.value = BUTTON.filter((each) => link?.classList.contains(each)).join(" ");
  dialog.querySelector("[data-part=text]").hidden = link !== null || !range.collapsed;
  dialog.querySelector("[data-away]").hidden = link === null;
  search.addEventListener("input", () => {
    pages.replaceChildren(...options.filter((each) => holds(`${each.text} ${each.value}`, search.value)));
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") pages.focus();
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (pages.options.length) choose(pages.selectedIndex < 0 ? pages.options[0] : pages.selectedOptions[0]);
  });
  const choose = (option) => {
    option.selected = true;
    href.value = option.value;
    if (!text.value) text.value = option.text;
  };
  pages.addEventListener("change", () => choose(pages.selectedOptions[0]));
  dialog.querySelector("[data-away]").addEventListener("click", () => {
    writer.change(() => link.replaceWith(...link.childNodes));
    dialog.close();
  });
  dialog.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const address = addressOf(href.value);
    dialog.querySelector("[role=alert]").hidden = Boolean(address);
    if (!address) return href.focus();
    dialog.close();
    if (link) writer.change(() => dress(link, address, style.value));
    else addLink(writer, range, dress(document.createElement("a"), address, style.value), text.value.trim());
  });
  (link ? href : search).focus();
}

function dress(link, address, style) {
  link.setAttribute("href", address);
  link.classList.remove(...BUTTON);
  link.classList.add(...style.split(" ").filter(Boolean));
  if (!link.classList.length) link.removeAttribute("class");
  return link;
}

function addLink(writer, range, link, text) {
  writer.editor.focus();
  writer.editor.setSelection(range);
  if (range.collapsed) {
    link.textContent = text || link.getAttribute("href").replace(/^(mailto|tel):/, "");
    writer.insertInline(link);
    return;
  }
  const attributes = { href: link.getAttribute("href") };
  if (link.className) attributes.class = link.className;
  writer.editor.changeFormat({ tag: "A", attributes }, { tag: "A" }, range);
}

// Return what a person means by an address; empty for nothing.
export function addressOf(typed) {
  const address = typed.trim();
  if (/^[^\s/:@]+@[^\s/:@]+\.[^\s/:@]+$/.test(address)) return `mailto:${address}`;
  if (/^\+?[\d .]{8,20}$/.test(address)) return `tel:${address.replace(/[ .]/g, "")}`;
  if (/^(www\.|[\w-]+(\.[\w-]+)*\.(fr|org|com|net|eu|info|be|ch)(\/|$))/i.test(address)) return `https://${address}`;
  if (/^[\w-]+(\/[\w-]+)*\/?([?#]|$)/.test(address)) return `/${address}`; // "contact": a page of the site
  if (/^[a-z][a-z0-9+.-]*:/i.test(address) && !/^(https?|mailto|tel):/i.test(address)) return "";
  return address;
}
