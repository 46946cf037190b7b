"""The pages are built when their sources changed, by one program at a time, and else left alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.settings import PROJECT

BUILD = "from moonshot_cli import pages; pages.ensure_built(print); print(pages.are_built())"
LOOK = "from moonshot_cli import pages; print(pages.are_built())"


def start(folder: Path, program: str = BUILD) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=PROJECT,
        env={**os.environ, "REFLEX_WEB_WORKDIR": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
    )


def said(by: subprocess.Popen[str]) -> list[str]:
    out, _ = by.communicate(timeout=120)
    assert by.returncode == 0
    return out.splitlines()


@pytest.mark.promise("15.up.built-once")
def test_two_that_start_at_once_build_once_and_the_next_does_not(tmp_path: Path):
    folder = tmp_path / "web"
    first, second = start(folder), start(folder)
    building = ["building the pages (only after a change of the code)", "True"]
    assert sorted([said(first), said(second)]) == [["True"], building]
    assert (folder / "build" / "client" / "index.html").is_file()
    assert said(start(folder)) == ["True"]
    (folder / "moonshot-sources").write_text("of another source")
    assert said(start(folder, LOOK)) == ["False"]
