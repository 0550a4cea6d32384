// Moves a line of the menu without loading the page anew; without it the buttons do the same.
const tree = document.getElementById("menu-du-site");

// Where one was before: the same button, else the first one of the same line.
function focusAgain(page, where) {
  const buttons = [...tree.querySelectorAll(`[data-page="${page}"] button`)];
  const same = buttons.find((each) => each.value === where) ?? buttons[0];
  same?.focus();
  tree.querySelectorAll(".moved").forEach((each) => each.classList.remove("moved"));
  document.getElementById(`page-${page}`)?.classList.add("moved");
}

function take(html) {
  const shown = new DOMParser().parseFromString(html, "text/html");
  const fresh = shown.getElementById("menu-du-site");
  if (!fresh) return false;
  tree.replaceChildren(...fresh.childNodes);
  document.querySelectorAll("main > .message").forEach((each) => each.remove());
  document.querySelector("main > .page-head").before(...shown.querySelectorAll("main > .message"));
  document.querySelector(".site-nav").innerHTML = shown.querySelector(".site-nav").innerHTML;
  return true;
}

tree.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches(".moves") || !event.submitter) return;
  event.preventDefault();
  if (tree.dataset.busy) return;
  tree.dataset.busy = "1";
  const { page } = form.dataset;
  const where = event.submitter.value;
  const data = new FormData(form);
  data.set("vers", where);
  try {
    const answer = await fetch(form.action, { method: "POST", body: data });
    if (!answer.ok || !take(await answer.text())) throw new Error(String(answer.status));
    focusAgain(page, where);
  } catch {
    location.reload(); // shows what is so, and the log-in if the session ended
  } finally {
    delete tree.dataset.busy;
  }
});
