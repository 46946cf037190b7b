"""Takes the pictures of README and landing page, from an installation of its own.

`make pictures` runs it: a person signs up in Chromium, makes a token, and the official MCP client
asks two questions. What is seen then is what the running product shows.
"""

import asyncio
import base64
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal
from urllib.error import URLError
from urllib.request import urlopen

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import Implementation
from playwright.async_api import Page, ViewportSize, async_playwright, expect

from bench import chromium
from services.settings import PROJECT

FOLDER: Final = PROJECT / "assets" / "pictures"
SIZES: Final[dict[str, ViewportSize]] = {
    "": {"width": 1280, "height": 764},
    "-phone": {"width": 390, "height": 720},
}
"""In CSS pixels, by what a file's name says; a picture is twice as fine."""
ZONE: Final = "America/New_York"
QUALITY: Final = 80
LARGEST: Final = 120_000
"""Bytes of one picture: a page that shows it must stay quick."""
READY_SECONDS: Final = 180.0
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")


def main() -> None:
    """Start, take, stop."""
    FOLDER.mkdir(exist_ok=True)
    with installation() as origin:
        asyncio.run(take(origin))


@contextmanager
def installation() -> Generator[str]:
    """`moonshot up` in an empty folder, on free ports; gives the address of its web app."""
    with ExitStack() as ends:
        folder = ends.enter_context(tempfile.TemporaryDirectory(prefix="moonshot-pictures-"))
        web, mcp = free_ports(2)
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("MOONSHOT_", "DATABASE_"))}
        own = {
            "MOONSHOT_DATA": folder,
            "MOONSHOT_ENV_FILE": os.devnull,
            "MOONSHOT_PORT": str(web),
            "MOONSHOT_MCP_PORT": str(mcp),
        }
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(
                [Path(sys.executable).with_name("moonshot"), "up"],
                env=kept | own,
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        ends.callback(stop, process)
        origin = f"http://127.0.0.1:{web}"
        wait_until_ready(process, origin, Path(log.name))
        yield origin


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens on, each another."""
    with ExitStack() as held:
        sockets = [
            held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(number)
        ]
        return [each.getsockname()[1] for each in sockets]


def wait_until_ready(process: subprocess.Popen[bytes], origin: str, log: Path) -> None:
    """Returns once everything has started; fails with what was said when it ends instead."""
    deadline = time.monotonic() + READY_SECONDS
    while b"is running" not in log.read_bytes() or not answers(f"{origin}/readyz"):
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"It did not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.2)


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5):
            return True
    except (URLError, OSError):
        return False


def stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait()


async def take(origin: str) -> None:
    """Walk through it once, and take each page in both schemes."""
    async with async_playwright() as playwright:
        found = chromium.find(playwright.chromium.executable_path)
        if found is None:
            raise SystemExit(chromium.MISSING)
        browser = await playwright.chromium.launch(executable_path=found, args=chromium.FLAGS)
        page = await browser.new_page(
            base_url=origin, viewport=SIZES[""], device_scale_factor=2, timezone_id=ZONE
        )
        await sign_up(page)
        await page.get_by_role("button", name="Make a token").click()
        token = await page.locator("#token").inner_text()
        await page.get_by_role("button", name="I have connected it").click()
        await ask(f"{origin}/api/mcp/v1", token)
        await expect(page.get_by_role("heading", name="Your first call arrived")).to_be_visible()
        await take_all(page, "first-call")
        await page.goto("/admin/ai-mcp/log/")
        row = page.get_by_role("row").filter(has=page.get_by_text("find_labs_due", exact=True))
        await row.get_by_role("button").click()
        await expect(page.locator(".opened")).to_contain_text("It was answered")
        await take_all(page, "log")
        await browser.close()


async def sign_up(page: Page) -> None:
    """A person with a sandbox of 36 synthetic patients."""
    await page.goto("/sign-up/")
    await page.fill("#name", "Dana Whitaker")
    await page.fill("#email", "dana@alder-street.example")
    await page.fill("#clinic", "Alder Street Clinic")
    await page.fill("#password", "a long sentence to sign in with")
    await page.get_by_role("button", name="Open my sandbox").click()
    await page.wait_for_url(re.compile("/onboarding/$"))


async def ask(endpoint: str, token: str) -> None:
    """Two questions, as an assistant asks them."""
    me = Implementation(name="Python client", version=version("mcp"))
    async with (
        httpx2.AsyncClient(headers={"authorization": f"Bearer {token}"}) as http,
        Client(streamable_http_client(endpoint, http_client=http), client_info=me) as client,
    ):
        due = {"panel": "testosterone", "within_days": 14}
        for tool, arguments in (
            ("find_labs_due", due),
            ("get_appointments", {"date_range": "today"}),
        ):
            answer = await client.call_tool(tool, arguments)
            if answer.is_error:
                raise SystemExit(f"{tool} was refused: {answer.content}")


async def take_all(page: Page, name: str) -> None:
    """The page as it stands, wide and on a phone, by day and by night."""
    await page.mouse.move(0, 0)
    session = await page.context.new_cdp_session(page)
    for kind, size in SIZES.items():
        await page.set_viewport_size(size)
        clip = {"x": 0, "y": 0, **size, "scale": 1}
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            shot: dict[str, Any] = await session.send(
                "Page.captureScreenshot", {"format": "webp", "quality": QUALITY, "clip": clip}
            )
            keep(FOLDER / f"{name}{kind}-{scheme}.webp", base64.b64decode(shot["data"]))


def keep(file: Path, picture: bytes) -> None:
    if len(picture) > LARGEST:
        raise SystemExit(f"{file.name} has {len(picture):,} bytes, more than {LARGEST:,}.")
    file.write_bytes(picture)
    print(f"{file.name}: {len(picture):,} bytes")


if __name__ == "__main__":
    main()
