"""What the official suite found, as it writes it down."""

import json
import re
from pathlib import Path
from typing import Any

Checks = dict[str, list[dict[str, Any]]]
"""By scenario."""


def checks(folder: Path) -> Checks:
    """All that it found."""
    found: Checks = {}
    for file in folder.rglob("checks.json"):
        named = re.fullmatch(r"server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z", file.parent.name)
        assert named is not None
        found[named.group(1)] = json.loads(file.read_text())
    return found


def failed(found: Checks) -> list[tuple[str, str, str]]:
    """Scenario, check, and what was wrong."""
    return [
        (scenario, check["id"], check.get("errorMessage", ""))
        for scenario, all_of_it in found.items()
        for check in all_of_it
        if check["status"] == "FAILURE"
    ]


def passed(found: Checks) -> int:
    """How many checks went well."""
    return sum(check["status"] == "SUCCESS" for all_of_it in found.values() for check in all_of_it)
