"""The public origin, which the built pages know only as a placeholder.

Reflex bakes the address of its websocket into the scripts. So that pages need not be built anew
for each address, the few files that hold it are answered with the real one in its place.
"""

from pathlib import Path
from typing import Final

_HOST: Final = "origin.moonshot.invalid"
PLACEHOLDER: Final = f"http://{_HOST}"


def scripts(client: Path, origin: str) -> dict[str, bytes]:
    """The scripts that name the origin, by path, with the real one in them."""
    files = {file: file.read_text("utf-8") for file in (client / "assets").glob("*.js")}
    return {
        f"/assets/{file.name}": _with(text, origin).encode()
        for file, text in files.items()
        if _HOST in text
    }


def _with(text: str, origin: str) -> str:
    socket = origin.replace("http", "ws", 1)
    return text.replace(PLACEHOLDER, origin).replace(f"ws://{_HOST}", socket)
