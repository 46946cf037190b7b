"""`python -m moonshot_cli`: quiet, with exit code 130, when Ctrl-C comes while Python imports."""

import os
import signal
from types import FrameType


def _leave(_number: int, _frame: FrameType | None) -> None:
    os._exit(130)


# Whoever starts us in the background may have us ignore it; then it stays so.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, _leave)

from moonshot_cli.command_line import main  # noqa: E402 - this is what takes its time

if __name__ == "__main__":
    main()
