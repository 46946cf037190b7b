"""A door for trying `moonshot up`: answers /readyz, and misbehaves as SMALL_DOOR says."""

import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType

MANNERS = os.environ.get("SMALL_DOOR", "")


def say(*words: str) -> None:
    sys.stdout.write(" ".join(words) + "\n")
    sys.stdout.flush()


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/leave":
            say("leaving, as asked")
            os._exit(3)
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has there
        """Says nothing."""


def drain(_number: int, _frame: FrameType | None) -> None:
    say("draining")
    if MANNERS == "deaf":
        return
    time.sleep(0.2)
    say("drained")
    os._exit(0)


def main() -> None:
    if MANNERS == "broken":
        sys.exit("cannot open: no key")
    signal.signal(signal.SIGTERM, drain)
    known = sorted(name for name in os.environ if name.startswith(("DATABASE_", "MOONSHOT_MASTER")))
    say("knows", *known)
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["MOONSHOT_MCP_PORT"])), Answer).serve_forever()


if __name__ == "__main__":
    main()
