"""What a start need not wait for: libraries that only making and migrating a database needs."""

import subprocess
import sys

import pytest

from services.settings import PROJECT

SLOW = {"sqlalchemy", "sqlmodel", "alembic"}
PROCESSES = {
    "moonshot up": "import moonshot_cli.command_line, moonshot_cli.commands.up",
    "the MCP server": "import mcp_server.__main__ as door; door.App",
    "the web": "import moonshot_app.__main__; from moonshot_app.site_map import load; load()",
}


@pytest.mark.parametrize("process", PROCESSES)
def test_a_start_imports_nothing_that_takes_a_second(process: str):
    told = f"{PROCESSES[process]}; import sys; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", told], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert not SLOW & set(ran.stdout.split())
