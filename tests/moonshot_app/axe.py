"""Looks at a page with axe-core, in both themes and two widths, and at how it flows in narrow ones.

The script comes from a package that carries it. It runs beside the page's own scripts, which its
strict policy leaves as they are.
"""

from functools import cache
from importlib.resources import files
from typing import Any, Final

from playwright.sync_api import Page, ViewportSize

TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
COLOURS: Final = ("color-contrast", "color-contrast-enhanced")
LABELS: Final = (
    "th, dt, small, legend, kbd, .faint, .caption, .keys, .steps, .site-foot, .when, "
    ".window__title, .window__foot, button, .button, .chip, .chips, .badge, .state"
)
"""Labels, times, units, controls and signs: 4.5 to 1 is enough for these, body text has 7 to 1."""
DESK: Final[ViewportSize] = {"width": 1280, "height": 900}
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
NARROW: Final = (640, 320)
"""Pixels: a desk's width at 200 and at 400 per cent."""

_RUN: Final = """
async ([tags, rules, labels]) => {
  const only = tags.length ? {type: "tag", values: tags} : {type: "rule", values: rules};
  const enabled = Object.fromEntries(rules.map((rule) => [rule, {enabled: true}]));
  const {violations} = await axe.run(document, {runOnly: only, rules: enabled});
  const counts = (rule, node) => rule !== "color-contrast-enhanced"
    || !document.querySelector(node.target[0])?.closest(labels);
  return violations.flatMap(({id, nodes}) => nodes.filter((node) => counts(id, node))
    .map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary.split("\\n")[1]}`));
}
"""
_TOO_WIDE: Final = """
() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.body.querySelectorAll("*")]
    .filter((each) => each.getBoundingClientRect().right > width + 1)
    .map((each) => `${each.tagName} ${each.className}`).slice(0, 3);
}
"""


def violations(page: Page) -> list[str]:
    """What is wrong with a page as it stands, each with where it was seen."""
    page.evaluate(_script())
    found: list[str] = []
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        # With transitions a colour would be looked at on its way to the other theme.
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        found += [f"{size['width']} light {page.url} {each}" for each in _run(page, TAGS)]
        page.emulate_media(color_scheme="dark")
        found += [f"{size['width']} dark {page.url} {each}" for each in _run(page, ())]
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    found += _too_wide(page)
    page.set_viewport_size(DESK)
    return found


def _run(page: Page, tags: tuple[str, ...]) -> list[str]:
    """All rules of some tags, or those of colours alone: the others do not know the theme."""
    result: Any = page.evaluate(_RUN, [list(tags), list(COLOURS), LABELS])
    return result


def _too_wide(page: Page) -> list[str]:
    found: list[str] = []
    for width in NARROW:
        page.set_viewport_size({"width": width, "height": 800})
        wide: list[str] = page.evaluate(_TOO_WIDE)
        found += [f"{width} {page.url} goes beyond the edge: {each}" for each in wide]
    return found


@cache
def _script() -> str:
    script = files("axe_playwright_python") / "axe.min.js"
    return script.read_text(encoding="utf-8")
