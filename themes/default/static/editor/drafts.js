// What is typed is kept every ten seconds; others at the same page are told, and tell.

const KEEP_AFTER = 10_000;
const LOOK_EVERY = 60_000;
const MOST_ON_LEAVING = 60_000; // bytes that a browser sends while it leaves

export function drafts(form, labels, tell, text) {
  const others = document.getElementById("autres");
  const offer = document.querySelector(".draft-offer[data-pending]");
  let kept = text(); // as the server has it
  let title = form.elements.title.value;
  let timer = null;
  let underWay = null;
  let isSent = false;

  const isChanged = () => text() !== kept || form.elements.title.value !== title;

  function data(presence) {
    const body = new FormData();
    body.set("csrf_token", form.elements.csrf_token.value);
    body.set("revision", form.elements.revision.value);
    body.set("presence", presence);
    if (!presence) {
      body.set("title", form.elements.title.value);
      body.set("body", text());
    }
    return body;
  }

  async function send(presence) {
    if (underWay || isSent) return;
    const typed = [text(), form.elements.title.value];
    underWay = new AbortController();
    try {
      const answer = await fetch(labels.draftUrl, {
        method: "POST",
        body: data(presence),
        headers: { Accept: "application/json" },
        signal: underWay.signal,
      });
      const told = await answer.json();
      if (!answer.ok) {
        if (!presence) tell(told.error, true);
        return;
      }
      if (!presence) [kept, title] = typed;
      if (told.saved) tell(told.saved);
      show([...told.others, told.newer].filter(Boolean));
    } catch {
      if (!isSent && !presence) tell(labels.offline, true);
    } finally {
      underWay = null;
      if (!isSent && isChanged()) changed(); // typed meanwhile, or not kept: again
    }
  }

  function show(sentences) {
    const shown = [...others.children].map((each) => each.textContent);
    if (shown.join() === sentences.join()) return;
    others.replaceChildren(
      ...sentences.map((sentence) => {
        const line = document.createElement("p");
        line.className = "message info";
        line.textContent = sentence;
        return line;
      }),
    );
  }

  function changed() {
    if (offer) {
      tell(labels.pending, true);
      return;
    }
    timer ??= setTimeout(() => {
      timer = null;
      if (isChanged()) send("");
    }, KEEP_AFTER);
  }

  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.submitter?.formTarget) return;
    isSent = true;
    underWay?.abort();
  });
  // Back by the browser's arrow, the page is in use again.
  window.addEventListener("pageshow", () => (isSent = false));
  window.addEventListener("pagehide", () => {
    if (isSent || offer) return;
    const wanted = isChanged() ? "" : "leaves";
    if (wanted || text().length < MOST_ON_LEAVING) navigator.sendBeacon(labels.draftUrl, data(wanted));
  });
  window.addEventListener("beforeunload", (event) => {
    if (!isSent && (offer ? text() !== first : isChanged())) event.preventDefault();
  });
  const first = text();
  if (!offer) send("looks");
  setInterval(() => {
    if (document.visibilityState === "visible" && !offer) send(isChanged() ? "" : "looks");
  }, LOOK_EVERY);
  return { changed };
}
