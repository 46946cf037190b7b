// What a page shows may be another person's by now, or nobody's. The server is asked, by the button
// that every page of a clinic has, when the page is seen again and when another tab begins anew, as
// all do after someone signed out or in. A page that the browser kept whole is loaded again.
(() => {
  const tabs = new BroadcastChannel("tabs");
  const ask = () => document.getElementById("still-here")?.click();
  tabs.onmessage = ask;
  tabs.postMessage("began");
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") ask();
  });
  addEventListener("pageshow", (event) => {
    if (!event.persisted || !document.querySelector(".frame")) return;
    document.body.replaceChildren();
    location.reload();
  });
})();
