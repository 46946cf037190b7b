"""The landing page: what it says, where it leads, its pictures, its weight; nothing on it moves."""

from typing import Literal

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from services.settings import PROJECT
from tests.conftest import Say
from tests.moonshot_app.site import Site

HEADINGS = [
    "Your clinic\N{RIGHT SINGLE QUOTATION MARK}s records, in the assistant you already use",
    "One answer, and the row it left in the log",
    "Connect in three steps",
    "1 Make a sandbox",
    "2 Make a token, paste one line",
    "3 Ask",
    "What the assistant can never do",
    "Read back every call",
    "See it answer before you decide anything",
]
HEAVIEST = 400_000
"""Bytes on the wire, pictures included."""
WATCH = """
window.moved = [];
new PerformanceObserver((list) => {
  for (const shift of list.getEntries())
    for (const { node } of shift.sources) window.moved.push([shift.value, node?.textContent]);
}).observe({ type: "layout-shift", buffered: true });
"""


@pytest.mark.promise("13.public.landing", "13.public.three-steps")
def test_the_landing_page_shows_its_headings(browser: BrowserContext):
    page = browser.new_page()
    page.goto("/")
    said = page.locator("h1, h2, h3").evaluate_all("all => all.map((each) => each.innerText)")
    assert [" ".join(heading.split()) for heading in said] == HEADINGS


@pytest.mark.promise("13.public.landing")
def test_it_has_one_thing_to_press_and_that_leads_to_a_sandbox(browser: BrowserContext):
    page = browser.new_page()
    page.goto("/")
    primary = page.locator(".button--primary")
    expect(primary).to_have_count(1)
    expect(primary).to_have_text("Try the sandbox")
    primary.click()
    expect(page.get_by_role("button", name="Open my sandbox")).to_be_visible()


def test_every_link_on_it_leads_somewhere(browser: BrowserContext, site: Site):
    page = browser.new_page()
    page.goto("/")
    links = page.locator("a").evaluate_all("all => all.map((each) => each.getAttribute('href'))")
    ways = {tuple(link.partition("#")[::2]) for link in links}
    assert ways == {("/", ""), ("/", "main"), ("/sign-up/", ""), ("/sign-in/", "")}
    for path, place in ways:
        assert site.ask("GET", path).status == 200, path
        assert not place or page.locator(f"#{place}").count() == 1


def test_each_picture_is_small_and_served_as_what_it_is(site: Site):
    pictures = sorted((PROJECT / "assets" / "pictures").iterdir())
    assert len(pictures) == 8
    for picture in pictures:
        answer = site.ask("GET", f"/pictures/{picture.name}")
        assert (answer.status, answer.getheader("content-type")) == (200, "image/webp")
        assert picture.stat().st_size < 120_000, picture.name


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "kind"), [(1280, ""), (390, "-phone")])
def test_its_pictures_fit_the_screen_and_its_theme(
    browser: BrowserContext, scheme: Literal["light", "dark"], width: int, kind: str
):
    page = browser.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    page.goto("/")
    for picture, name in zip(page.locator(".shot img").all(), ("first-call", "log"), strict=True):
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", value=True)
        shown = picture.evaluate(
            "img => ({ of: img.currentSrc, alt: img.alt, box: img.offsetWidth / img.offsetHeight,"
            " own: img.naturalWidth / img.naturalHeight })"
        )
        assert shown["of"].endswith(f"/pictures/{name}{kind}-{scheme}.webp")
        assert shown["own"] == pytest.approx(shown["box"], rel=0.01)
        assert len(shown["alt"]) > 60


@pytest.mark.promise("13.manners.phone")
@pytest.mark.parametrize("width", [1280, 768, 390])
def test_nothing_moves_and_nothing_stands_over_the_edge(browser: BrowserContext, width: int):
    page = browser.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    page.add_init_script(WATCH)
    page.goto("/")
    read_through(page)
    assert page.evaluate("document.fonts.check('16px Geist')")
    assert page.evaluate("window.moved") == []
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_whole_page_is_light_on_the_wire(browser: BrowserContext, say: Say):
    page = browser.new_page()
    received: list[int] = []
    session = browser.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda e: received.append(int(e["encodedDataLength"])))
    page.goto("/")
    read_through(page)
    page.wait_for_load_state("networkidle")
    say(f"the landing page: {sum(received):,} bytes on the wire")
    assert 200_000 < sum(received) < HEAVIEST


def read_through(page: Page) -> None:
    """To its end, so that every picture is there."""
    for picture in page.locator(".shot img").all():
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", value=True)
    page.locator("footer").scroll_into_view_if_needed()
