"""Servers one after the other; each ends at once at a named point, at the N-th time: `POINT:N`."""

import ctypes
import os
import signal
import sys
from types import FrameType

from mcp_server.__main__ import main
from services import failpoint

PR_SET_PDEATHSIG = 1


def live(point: str, reach: int) -> int:
    """Serves until the point is reached that often; then it is as if the power had failed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    seen: list[str] = []

    def reached(name: str) -> None:
        seen.append(name)
        if seen.count(point) == reach:
            os.kill(os.getpid(), signal.SIGKILL)

    failpoint.reached = reached
    return main()


def leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    for plan in sys.argv[1:]:
        where, _, often = plan.partition(":")
        child = os.fork()
        if child == 0:
            sys.exit(live(where, int(often)))
        signal.signal(signal.SIGTERM, leave)
        os.waitpid(child, 0)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
