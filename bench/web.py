"""What a browser sees of the web app: bytes on the wire, and when what is there to be seen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any
from uuid import uuid4

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bench import chromium

PATHS = ("/", "/sign-up/", "/onboarding/", "/patients/")
LOADS = 5
KINDS = ("Document", "Script", "Stylesheet", "Font", "Image")
"""As the browser names them; whatever else comes over HTTP counts in the sum."""
LARGEST = 400_000
"""Bytes of a first page (the goal)."""

_OBSERVE = """
window.seen = {lcp: 0, cls: 0, blocked: 0};
const observe = (type, take) => new PerformanceObserver(
  list => list.getEntries().forEach(take)).observe({type, buffered: true});
observe('largest-contentful-paint', entry => { seen.lcp = entry.startTime; });
observe('layout-shift', entry => { if (!entry.hadRecentInput) seen.cls += entry.value; });
observe('longtask', entry => { seen.blocked += entry.duration - 50; });
"""
_SEEN = """() => ({
  fcp: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0, ...seen})"""


@dataclass(frozen=True, slots=True)
class Load:
    """One load with nothing kept from before. Milliseconds from the click on."""

    sizes: dict[str, int]
    """Bytes received, heads included, by kind."""
    requests: int
    first_paint: float
    largest_paint: float
    blocked: float
    """Of tasks longer than 50 ms, what is beyond."""
    shift: float
    """Cumulative layout shift."""


def measure(origin: str) -> dict[str, list[Load]]:
    """Load each page some times, in Chromium; nothing where there is none."""
    with sync_playwright() as playwright:
        found = chromium.find(playwright.chromium.executable_path)
        if found is None:
            return {}
        browser = playwright.chromium.launch(executable_path=found, args=chromium.FLAGS)
        cookies = _signed_up(browser, origin)
        loads: dict[str, list[Load]] = {path: [] for path in PATHS}
        for _ in range(LOADS):
            for path in PATHS:
                context = browser.new_context(viewport={"width": 1280, "height": 900})
                if path != "/":
                    context.add_cookies(cookies)
                loads[path].append(_load(context, origin + path))
                context.close()
        browser.close()
    return loads


def _signed_up(browser: Browser, origin: str) -> Any:
    """The cookies of the owner of a new sandbox."""
    context = browser.new_context()
    form: dict[str, str | float | bool] = {
        "name": "Alex Morgan",
        "email": f"{uuid4()}@clinic.example",
        "clinic": "Cedar Lane Clinic",
        "time_zone": "America/New_York",
        "password": uuid4().hex,
    }
    answer = context.request.post(
        f"{origin}/auth/sign-up", form=form, headers={"origin": origin}, max_redirects=0
    )
    if answer.headers.get("location") != "/onboarding/":
        raise RuntimeError("nobody could sign up")
    cookies = context.cookies()
    context.close()
    return cookies


def _load(context: BrowserContext, url: str) -> Load:
    page = context.new_page()
    kinds, sizes = _count(context, page)
    page.add_init_script(_OBSERVE)
    page.goto(url, wait_until="networkidle")
    seen = page.evaluate(_SEEN)
    return Load(sizes, len(kinds), seen["fcp"], seen["lcp"], seen["blocked"], seen["cls"])


def _count(context: BrowserContext, page: Page) -> tuple[dict[str, str], dict[str, int]]:
    """The kind of each request, and bytes by kind, filled as they come."""
    kinds: dict[str, str] = {}
    sizes: dict[str, int] = dict.fromkeys((*KINDS, "Other"), 0)

    def answered(event: dict[str, Any]) -> None:
        kinds[event["requestId"]] = event["type"]

    def finished(event: dict[str, Any]) -> None:
        kind = kinds.get(event["requestId"], "Other")
        sizes[kind if kind in sizes else "Other"] += int(event["encodedDataLength"])

    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.responseReceived", answered)
    wire.on("Network.loadingFinished", finished)
    return kinds, sizes


def report(loads: dict[str, list[Load]]) -> Iterator[str]:
    """A table, and what it was measured by; or that it was not."""
    if not loads:
        yield f"- No page was loaded. {chromium.MISSING}"
        return
    yield ""
    yield (
        f"| page | requests | kB on the wire | {' | '.join(k.lower() for k in KINDS)} | first paint"
        " ms | largest paint ms | blocked ms | layout shift |"
    )
    yield "|---|" + "--:|" * (len(KINDS) + 6)
    for path, found in loads.items():
        whole = _median([sum(load.sizes.values()) for load in found])
        cells = (
            f"`{path}`",
            f"{_median([load.requests for load in found]):.0f}",
            f"{whole / 1000:.0f}{', too much' if whole > LARGEST else ''}",
            *(f"{_median([load.sizes[kind] for load in found]) / 1000:.1f}" for kind in KINDS),
            f"{_median([load.first_paint for load in found]):.0f}",
            f"{_median([load.largest_paint for load in found]):.0f}",
            f"{_median([load.blocked for load in found]):.0f}",
            f"{_median([load.shift for load in found]):.3f}",
        )
        yield f"| {' | '.join(cells)} |"
    yield ""
    yield (
        f"- Medians of {LOADS} loads in Chromium, each with an empty cache, over loopback; a page "
        f"is to stay under {LARGEST // 1000} kB. Blocked is what tasks take beyond 50 ms each."
    )


def _median(values: Sequence[float]) -> float:
    return median(values)
