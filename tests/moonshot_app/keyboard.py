"""A person without a mouse: goes from one control to the next, and uses it."""

import time

from playwright.sync_api import Page

MOST = 80
"""Presses of a key after which something cannot be reached."""
PATIENCE = 10
"""Seconds."""

_NAME = """
() => {
  const at = document.activeElement;
  const label = at.labels?.[0] ?? at.closest("label");
  const text = at.ariaLabel ?? label?.innerText ?? at.innerText ?? "";
  return text.replace(/\\s+/g, " ").trim();
}
"""
_IN_SIGHT = """
() => {
  const at = document.activeElement;
  const drawn = (element, part) => {
    const {outlineStyle, outlineWidth} = getComputedStyle(element, part);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  };
  return drawn(at) || drawn(at, "::after") || (at.closest("label") && drawn(at.closest("label")));
}
"""


class Keyboard:
    """Keys of one page. Whatever they reach must show that it is reached."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self._page.keyboard.press(key)

    def type(self, text: str) -> None:
        self._page.keyboard.type(text)

    @property
    def at(self) -> str:
        """What has the focus, by the name that is read aloud."""
        name: str = self._page.evaluate(_NAME)
        return name

    def to(self, name: str, key: str = "Tab") -> None:
        """Presses a key until a control of that name, or one that begins with it, is reached."""
        passed: list[str] = []
        for _ in range(MOST):
            self._page.keyboard.press(key)
            passed.append(self.at)
            assert self.in_sight, f"nothing shows that {passed[-1]!r} is reached"
            if passed[-1].startswith(name):
                return
        raise AssertionError(f"{name!r} cannot be reached; passed {passed}")

    def use(self, name: str, key: str = "Enter") -> None:
        """Reaches it, and presses a key there."""
        self.to(name)
        self.press(key)

    def expect(self, name: str) -> None:
        """It is reached by itself as soon as the page has answered."""
        deadline = time.monotonic() + PATIENCE
        while not self.at.startswith(name):
            assert time.monotonic() < deadline, f"at {self.at!r}, not at {name!r}"
            self._page.evaluate("new Promise(requestAnimationFrame)")

    @property
    def in_sight(self) -> bool:
        """Whether one can see what has the focus; the window itself needs no sign."""
        seen: bool = self._page.evaluate(
            f"document.activeElement === document.body || ({_IN_SIGHT.strip()})()"
        )
        return seen
