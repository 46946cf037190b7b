// A page that the browser kept whole, to go back to it, may be another person's by now.
addEventListener("pageshow", (event) => {
  if (!event.persisted || !document.querySelector(".frame")) return;
  document.body.replaceChildren();
  location.reload();
});
