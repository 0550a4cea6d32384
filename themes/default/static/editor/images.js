// Images: chosen from those of the site, or sent; placed, described, captioned.

import { open, page } from "./dialogs.js";

const PLACES = ["aligncenter", "alignleft", "alignright"];

// `file` is one that was dropped or pasted: it is sent first.
export async function chooseImage(writer, labels, file = null) {
  const range = writer.range().cloneRange();
  const dialog = open("dialog-image", () => writer.editor.focus());
  dialog.classList.add("wide");
  const part = dialog.querySelector("[data-part=images]");
  const alert = dialog.querySelector("[role=alert]");
  const done = (image) => {
    dialog.close();
    writer.editor.focus();
    writer.editor.setSelection(range);
    placeImage(writer, image);
  };
  const show = async (url) => {
    try {
      const found = await page(url);
      part.replaceChildren(...(found.querySelector("main") ?? found.body).childNodes);
      alert.hidden = true;
      if (file) takeFile(part, file);
    } catch {
      alert.textContent = labels.unreadable;
      alert.hidden = false;
    }
  };
  dialog.addEventListener("click", (event) => {
    const image = event.target.closest("[data-src]");
    const link = event.target.closest("[data-part=images] a[href]");
    if (image) done({ ...image.dataset });
    else if (link) {
      event.preventDefault();
      show(link.href);
    }
  });
  dialog.addEventListener("submit", (event) => {
    const form = event.target;
    if (!part.contains(form)) return;
    event.preventDefault();
    event.stopPropagation();
    if (form.method === "get") show(`${form.action}?${new URLSearchParams(new FormData(form))}`);
    else send(form, alert, (image) => dialog.open && done(image)); // closed meanwhile: not wanted
  });
  await show(labels.imagesUrl);
}

// Put a file that was dropped or pasted into the form that sends images.
function takeFile(part, file) {
  const input = part.querySelector("input[type=file]");
  if (!input) return;
  const files = new DataTransfer();
  files.items.add(file);
  input.files = files.files;
  const details = input.closest("details");
  if (details) details.open = true;
  part.querySelector("[name=alt]")?.focus();
}

async function send(form, alert, done) {
  const button = form.querySelector("button:not([type=button])");
  button.disabled = true;
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json" },
    });
    const told = await answer.json();
    if (answer.ok) return done(told);
    alert.textContent = told.error;
  } catch {
    alert.textContent = alert.dataset.offline ?? "";
  } finally {
    button.disabled = false;
  }
  alert.hidden = false;
  alert.scrollIntoView({ block: "nearest" });
}

// Ask where and how an image stands; `image` is a new one, or the <img> of the text.
export function placeImage(writer, image) {
  const old = image instanceof HTMLImageElement ? image : null;
  const figure = old?.closest("figure") ?? null;
  const range = writer.range().cloneRange();
  const dialog = open("dialog-figure", () => writer.editor.focus());
  const get = (name) => dialog.querySelector(`#figure-${name}`);
  const [alt, caption, align, size] = ["alt", "caption", "align", "size"].map(get);
  const about = old
    ? { src: old.getAttribute("src"), alt: old.alt, width: old.getAttribute("width"), height: old.getAttribute("height") }
    : image;
  const shown = document.createElement("img");
  shown.src = about.src;
  shown.alt = "";
  dialog.querySelector("[data-part=shown]").append(shown);
  alt.value = about.alt ?? "";
  caption.value = figure?.querySelector("figcaption")?.textContent.trim() ?? "";
  align.value = PLACES.find((each) => (figure ?? old)?.classList.contains(each)) ?? "";
  // What is in the text already keeps its measures unless another size is chosen.
  if (old) size.prepend(new Option(size.dataset.same ?? "—", "", true, true));
  dialog.querySelector("[data-away]").hidden = old === null;
  dialog.querySelector("[data-away]").addEventListener("click", () => {
    writer.change(() => (figure ?? old).remove());
    dialog.close();
  });
  dialog.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    dialog.close();
    writer.editor.focus();
    writer.editor.setSelection(range);
    const natural = [shown.naturalWidth || Number(about.width), shown.naturalHeight || Number(about.height)];
    const choice = { alt: alt.value.trim(), caption: caption.value.trim(), align: align.value, size: Number(size.value) };
    put(writer, about, choice, natural, old, figure);
  });
}

function put(writer, about, choice, [width, height], old, figure) {
  const img = old ? old.cloneNode() : document.createElement("img");
  img.setAttribute("src", about.src);
  img.setAttribute("alt", choice.alt);
  if (choice.size && width && height) {
    img.setAttribute("width", Math.round(width * choice.size));
    img.setAttribute("height", Math.round(height * choice.size));
  }
  img.setAttribute("loading", "lazy");
  img.classList.remove(...PLACES);
  let box = img;
  if (choice.caption || choice.align) {
    box = document.createElement("figure");
    box.className = figure?.className ?? "";
    box.classList.remove(...PLACES);
    if (choice.align) box.classList.add(choice.align);
    if (!box.classList.length) box.removeAttribute("class");
    const holder = document.createElement("div");
    holder.append(img);
    box.append(holder);
    if (choice.caption) {
      const words = figure?.querySelector("figcaption");
      const caption = document.createElement("figcaption");
      if (words && words.textContent.trim() === choice.caption) caption.append(...words.cloneNode(true).childNodes);
      else caption.textContent = choice.caption;
      box.append(caption);
    }
  }
  if (!img.classList.length) img.removeAttribute("class");
  const before = figure ?? old;
  if (before) {
    writer.change(() => {
      const isInText = before.parentElement.matches("p, li, td, th") && box !== img;
      if (!isInText) return before.replaceWith(box.localName === "img" && figure ? paragraph(box) : box);
      const here = before.parentElement;
      before.remove();
      here.after(box);
      if (!here.textContent.trim() && !here.querySelector("img")) here.remove();
    });
  } else if (box === img) writer.insertInline(img);
  else writer.insertBlock(box);
}

function paragraph(img) {
  const line = document.createElement("p");
  line.append(img);
  return line;
}
