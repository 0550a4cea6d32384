// The page beside its text, as somebody reads it, a moment after the last key.

const WAIT = 700;

export function preview(form, url) {
  const fold = document.getElementById("regard");
  const frame = fold.querySelector("iframe");
  const wide = matchMedia("(min-width: 75rem)");
  let timer = null;
  let asked = 0;

  async function show() {
    if (!fold.open) return;
    const number = (asked += 1);
    const answer = await fetch(url, { method: "POST", body: new FormData(form) }).catch(() => null);
    if (!answer || number !== asked) return;
    const html = await answer.text();
    const inside = frame.contentDocument;
    const found = new DOMParser().parseFromString(html, "text/html");
    if (inside?.body?.dataset.isPreview) {
      // The same page: only what is new is exchanged, and the reader stays where he is.
      inside.body.replaceChildren(...[...found.body.childNodes].map((node) => inside.adoptNode(node)));
      return;
    }
    frame.addEventListener("load", () => (frame.contentDocument.body.dataset.isPreview = "yes"), { once: true });
    found.querySelectorAll("script").forEach((each) => each.remove()); // the frame would not run them
    frame.srcdoc = `<!doctype html>${found.documentElement.outerHTML}`;
  }

  function changed() {
    clearTimeout(timer);
    timer = setTimeout(show, WAIT);
  }

  fold.open = wide.matches;
  fold.addEventListener("toggle", changed);
  for (const name of ["reader", "look_day", "look_time", "title", "is_protected"]) {
    form.elements[name]?.addEventListener("input", changed);
  }
  form.addEventListener("change", (event) => {
    if (event.target.name === "audience") changed();
  });
  fold.querySelector("button[formtarget]").addEventListener("click", (event) => {
    event.preventDefault();
    show();
  });
  changed();
  return { changed };
}
