"""The site: one a worker, with its pages built once for all workers."""

from collections.abc import Generator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bench.chromium import FLAGS, MISSING, find
from moonshot_cli import pages
from tests.ground import Database
from tests.moonshot_app.site import Site, somewhere
from tests.moonshot_app.visitors import enter, enter_as_owner


@pytest.fixture(scope="session")
def site(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Generator[Site]:
    pages.ensure_built(print)
    with Site(database, tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="module")
def chromium() -> Generator[Browser]:
    """A browser for a file of tests: while it runs, no test of this worker may run a loop."""
    with sync_playwright() as playwright:
        found = find(playwright.chromium.executable_path)
        if found is None:
            pytest.skip(MISSING)
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def browser(chromium: Browser, site: Site) -> Generator[BrowserContext]:
    """A browser of one person. No page of ours may ask anything of another origin."""
    context = chromium.new_context(
        base_url=site.origin,
        viewport={"width": 1280, "height": 900},
        extra_http_headers={"X-Forwarded-For": somewhere()},
    )
    outside: list[str] = []
    context.on(
        "request",
        lambda request: (
            None if request.url.startswith(site.origin) else outside.append(request.url)
        ),
    )
    yield context
    context.close()
    assert outside == []


@pytest.fixture(scope="module")
def cookie(site: Site) -> str:
    """The Cookie header of the owner of a sandbox, for tests of a file that leave it as it is."""
    return site.signed_up(f"{uuid4()}@clinic.example")


@pytest.fixture
def page(browser: BrowserContext, site: Site, cookie: str) -> Page:
    """A page of that owner."""
    return enter(browser, site, cookie)


@pytest.fixture
def own_page(browser: BrowserContext, site: Site) -> Page:
    """A page of an owner whose sandbox no other test knows."""
    return enter_as_owner(browser, site)
