// Puts a widget of an AMAP on any page, right where this script stands:
//   <script src="https://site/embed.js" data-shortcode="les-paniers-intermittents" async></script>
// Other data-… attributes are the shortcode's parameters, but for data-frame-title (what screen
// readers say) and data-frame-target (a selector: the frame goes to the end of that element).
(() => {
  "use strict";

  const FIRST_HEIGHT = 320;
  const MOST_HEIGHT = 20000;
  const OURS = new Set(["data-shortcode", "data-frame-title", "data-frame-target", "data-frame-done"]);

  function addressOf(script) {
    const tag = encodeURIComponent(script.dataset.shortcode);
    const address = new URL(`embed/${tag}`, script.src);
    for (const { name, value } of script.attributes) {
      if (name.startsWith("data-") && !OURS.has(name)) address.searchParams.set(name.slice(5), value);
    }
    return address;
  }

  function frameOf(script, address) {
    const frame = document.createElement("iframe");
    frame.src = address.href;
    frame.title = script.dataset.frameTitle || "Widget de l’AMAP";
    frame.loading = "lazy";
    Object.assign(frame.style, { display: "block", width: "100%", height: `${FIRST_HEIGHT}px`, border: "0" });
    return frame;
  }

  function follow(frame, site) {
    frame.addEventListener("load", () => frame.contentWindow.postMessage({ amapress: "hello" }, site));
    window.addEventListener("message", (event) => {
      if (event.source !== frame.contentWindow || event.origin !== site) return;
      const { amapress, value } = event.data ?? {};
      if (amapress === "height" && value > 0 && value < MOST_HEIGHT) frame.style.height = `${Math.ceil(value)}px`;
    });
  }

  function place(script) {
    if ("frameDone" in script.dataset) return;
    script.dataset.frameDone = "";
    const address = addressOf(script);
    const frame = frameOf(script, address);
    const target = script.dataset.frameTarget && document.querySelector(script.dataset.frameTarget);
    follow(frame, address.origin);
    if (target) target.append(frame);
    else if (document.body.contains(script)) script.after(frame);
    else document.body.append(frame);
  }

  // A page that loads scripts in ways of its own does not say which one runs: then all that wait.
  const running = document.currentScript;
  const scripts = running ? [running] : document.querySelectorAll("script[data-shortcode][src$='/embed.js']");
  const placeAll = () => scripts.forEach(place);
  const inBody = (script) => document.body?.contains(script) && !script.dataset.frameTarget;

  if (document.readyState !== "loading" || [...scripts].every(inBody)) placeAll();
  else document.addEventListener("DOMContentLoaded", placeAll);
})();
