"""How long `moonshot up` takes until it answers: the first time, and the second."""

import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.servers import free_port, own_environment
from services.settings import PROJECT

READY = "is running"


def measure(folder: Path) -> tuple[float, float]:
    """Seconds of a first start, with everything to be made, and of a second."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=folder) as data:
        return _start(data), _start(data)


def _start(data: str) -> float:
    settings = {"MOONSHOT_DATA": data, "MOONSHOT_MCP_PORT": str(free_port())}
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "moonshot_cli", "up"],
        cwd=PROJECT,
        env=own_environment() | settings | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = ""
    for line in process.stdout or ():
        said += line
        if READY in line:
            break
    took = time.perf_counter() - began
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    if READY not in said:
        raise RuntimeError(f"moonshot up did not come up:\n{said}")
    return took
