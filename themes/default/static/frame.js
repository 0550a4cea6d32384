// In a frame of another site: tells the page around it how high it is; in WordPress, whose frames may
// open no window, also which link was clicked.
(() => {
  "use strict";

  if (parent === window) return;

  let host = null; // origin of the page around us, once its embed.js said hello

  // WordPress writes its secret behind the address: #?secret=…
  const secret = () => new URLSearchParams(location.hash.slice(1)).get("secret");

  function height() {
    return Math.ceil(document.documentElement.getBoundingClientRect().height);
  }

  function tell(message, value) {
    if (host) parent.postMessage({ amapress: message, value }, host);
    // WordPress's page recognises the secret and looks at who speaks; neither a height nor a public
    // address of ours is a secret itself.
    if (secret()) parent.postMessage({ message, value, secret: secret() }, "*");
  }

  const tellHeight = () => tell("height", height());

  window.addEventListener("message", (event) => {
    // Only who is on the list of allowed sites can be around us: the browser sees to that.
    if (event.source !== parent || !event.data) return;
    if (event.data.amapress === "hello") host = event.origin;
    if (event.data.amapress === "hello" || event.data.message === "ready") tellHeight();
  });

  window.addEventListener("hashchange", tellHeight);

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='http']");
    if (!link || !secret()) return;
    event.preventDefault();
    tell("link", link.href);
  });

  new ResizeObserver(tellHeight).observe(document.body);
})();
