// Dialogs: opened from a <template>, closed by Escape or a button; the focus goes back.

const DOUBLE = 700; // milliseconds in which a second press is that of a double click

// Return an open dialog made from the template `id`; `done(dialog)` when it closes.
export function open(id, done = () => {}) {
  const dialog = document.createElement("dialog");
  dialog.className = "editor-dialog";
  dialog.append(document.getElementById(id).content.cloneNode(true));
  const title = dialog.querySelector("h2");
  title.id = `${id}-title`;
  dialog.setAttribute("aria-labelledby", title.id);
  document.body.append(dialog);
  // The second press of the double click that opened it chooses nothing in it.
  const opened = performance.now();
  dialog.addEventListener(
    "click",
    (event) => {
      if (event.detail < 2 || performance.now() - opened > DOUBLE) return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
  dialog.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) dialog.close();
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    done(dialog);
  });
  dialog.showModal();
  return dialog;
}

const ligatures = { œ: "oe", æ: "ae" };
export const plain = (text) =>
  text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replace(/[œæ]/g, (each) => ligatures[each]);

// Tell whether a text holds every word that is searched, whatever accents.
export function holds(text, wanted) {
  const found = plain(text);
  return plain(wanted).split(/\s+/).every((word) => found.includes(word));
}

// Return a page of the site as a document; throw when the answer is none.
export async function page(url, options = {}) {
  const answer = await fetch(url, { headers: { Accept: "text/html" }, ...options });
  if (answer.status >= 500 || answer.redirected) throw new Error(`${answer.status} ${url}`);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}
