// j and k go through the rows of a page's lists, / goes to its search, and the arrow down from there
// to the first row. Enter opens what is focused: browsers do that.
// Escape leaves a question unanswered. A page may give a key of its own to what bears data-key.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented) document.querySelector("[data-escape]")?.click();
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.key === "ArrowDown" && event.target.matches("input[type=search]")) {
    event.preventDefault();
    document.querySelector(".table .opens")?.focus();
    return;
  }
  if (event.target.closest("input:not([type=radio], [type=checkbox]), select, textarea")) return;
  if (event.key === "/") {
    const search = document.querySelector("input[type=search]");
    if (search) {
      event.preventDefault();
      search.focus();
    }
    return;
  }
  const named = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (named) {
    event.preventDefault();
    named.click();
    return;
  }
  if (event.key !== "j" && event.key !== "k") return;
  const rows = [...document.querySelectorAll(".table .opens")];
  if (rows.length === 0) return;
  const row = document.activeElement?.closest?.("tr");
  const at = rows.findIndex((each) => each === document.activeElement || each.closest("tr") === row);
  const next = at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + (event.key === "j" ? 1 : -1)));
  rows[next].focus();
});
