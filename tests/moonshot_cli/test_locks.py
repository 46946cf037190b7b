"""The lock files: what is installed is exactly what was resolved, from wherever it comes."""

import re

import pytest

from services.settings import PROJECT

RUNTIME, DEV = "requirements.lock", "requirements-dev.lock"


def pins(name: str) -> dict[str, str]:
    """Each package's line and what follows it."""
    text = (PROJECT / name).read_text()
    parts = re.split(r"^(?=[a-zA-Z0-9])", text, flags=re.MULTILINE)[1:]
    return {part.split()[0]: part for part in parts}


@pytest.mark.parametrize("name", [RUNTIME, DEV])
def test_every_package_is_pinned_with_its_hash(name: str):
    for pin, text in pins(name).items():
        assert "==" in pin
        assert "--hash=sha256:" in text, pin


@pytest.mark.parametrize("name", [RUNTIME, DEV])
def test_no_registry_is_named(name: str):
    assert "://" not in (PROJECT / name).read_text()


def test_who_develops_has_what_runs():
    assert pins(RUNTIME).keys() <= pins(DEV).keys()


def test_the_installer_is_pinned():
    assert any(pin.startswith("uv==") for pin in pins(DEV))
