"""A web process that is short of patience, and of room for any one address."""

import sys

from moonshot_app.__main__ import main
from services.listener import body, connection, server

SECONDS = 0.5
"""For a head, for a body, for taking what was sent, for answering a ping."""
MOST = 40
"""Connections of one address."""

if __name__ == "__main__":
    body.BODY_SECONDS = SECONDS
    connection.HEAD_SECONDS = SECONDS
    connection.TAKING_SECONDS = SECONDS
    connection.MOST_OF_ONE_NETWORK = MOST
    server.PING_SECONDS = SECONDS
    sys.exit(main())
