// Where keys and readers go on after a page, or a part of it, was replaced: at the top of a new
// page; at what was wrong in a form; else where they were before, when what was focused is gone; else at the top of this one.
(() => {
  const before = [];
  let told = null;
  let page = location.pathname;

  const begin = () => {
    const main = document.getElementById("main");
    if (main === null) return;
    main.tabIndex = -1;
    main.focus({ preventScroll: true });
  };

  document.addEventListener("focusin", ({ target }) => {
    before.push(target);
    if (before.length > 8) before.shift();
  });

  document.addEventListener("click", (event) => {
    if (!event.target.closest(".skip")) return;
    event.preventDefault();
    begin();
    document.getElementById("main")?.scrollIntoView();
  }, true);

  const usable = (element) => element.isConnected && !element.disabled && element.checkVisibility();

  new MutationObserver(() => {
    const at = document.activeElement;
    const wrong = document.querySelector("[aria-invalid=true]");
    if (wrong && wrong !== told && at === document.body) {
      told = wrong;
      wrong.focus();
      return;
    }
    if (location.pathname !== page) {
      page = location.pathname;
      if (!at?.closest("main")) begin();
    } else if (at === document.body && before.length > 0 && !before.at(-1).isConnected) {
      const back = before.findLast(usable);
      if (back) back.focus();
      else begin();
    }
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
