"""A server that is short of patience, some of whose tools break with a patient's data at hand."""

import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from mcp_server import catalog
from mcp_server.__main__ import main
from mcp_server.tool import Result
from mcp_server.tools.get_medications import Medications
from services.database.session import ClinicSession
from services.database.statement import statement
from services.errors import Unavailable
from services.listener import body, connection
from tests.mcp_server.samples import CANARY

SECONDS = 0.5
"""For a head, and for a body."""


BY_NAME: dict[str, Result] = {}


async def raise_what_was_said(clinic: ClinicSession, **_: Any) -> Result:
    await clinic.begin()
    try:
        return BY_NAME[CANARY]
    except KeyError as error:
        raise ValueError(f"{CANARY} cannot be told") from error


async def ask_nonsense(clinic: ClinicSession, **_: Any) -> Result:
    await clinic.rows(statement("SELECT CAST(:said AS integer)"), said=CANARY)
    return Result()


async def answer_at_length(clinic: ClinicSession, **_: Any) -> Result:
    await clinic.begin()
    return Medications(medications=[], next_cursor=CANARY * 3_000)


async def run_out_of_time(clinic: ClinicSession, **_: Any) -> Result:
    await clinic.begin()
    raise Unavailable(
        "The database did not answer in time; nothing was done. Try again in a moment."
    )


BROKEN: dict[str, Callable[..., Awaitable[Result]]] = {
    "get_vitals": raise_what_was_said,
    "get_labs": ask_nonsense,
    "get_medications": answer_at_length,
    "get_patient": run_out_of_time,
}

if __name__ == "__main__":
    tools = catalog.load()
    for name, function in BROKEN.items():
        tools[name] = replace(tools[name], function=function)
    body.BODY_SECONDS = SECONDS
    connection.HEAD_SECONDS = SECONDS
    sys.exit(main())
