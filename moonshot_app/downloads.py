"""Files for who is signed in, streamed: the log of assistants' calls."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from moonshot_app import call_filters
from moonshot_app.installation import installation
from moonshot_app.session import session_of
from services.database import opening
from services.database.session import clinic_transaction
from services.errors import ClinicError, NotAuthenticated
from services.record.log_export import Form, export

_SEE_OTHER = 303
_LOG = "/admin/ai-mcp/log/"


async def calls_csv(request: Request) -> Response:
    """The calls as a table."""
    return await _calls(request, Form.CSV)


async def calls_json_lines(request: Request) -> Response:
    """The calls as JSON, one a line."""
    return await _calls(request, Form.JSON_LINES)


async def _calls(request: Request, form: Form) -> Response:
    """Everything up to the first byte may still be refused with a status of its own."""
    key = session_of(request.headers.get("cookie", ""))
    if key is None:
        return RedirectResponse("/sign-in/", status_code=_SEE_OTHER)
    begin, pool = opening.session(key), installation().pool
    try:
        async with clinic_transaction(pool, begin) as clinic:
            principal = await clinic.begin()
        filters = call_filters.read(request.query_params, principal)
        file = export(pool, begin, filters, form)
        first = await anext(file)
    except NotAuthenticated:
        return RedirectResponse("/sign-in/", status_code=_SEE_OTHER)
    except ClinicError:
        # The page of the log says what is wrong with the question, or that nobody can be asked.
        asked = call_filters.address(_LOG, call_filters.chosen(request.query_params))
        return RedirectResponse(asked, status_code=_SEE_OTHER)
    name = f"assistant-calls-{principal.today}.{form}"
    return StreamingResponse(
        _rest(first, file),
        media_type=form.media_type,
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


async def _rest(first: bytes, file: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    async with aclosing(file):
        yield first
        async for part in file:
            yield part


ROUTES: list[Any] = [
    Route("/admin/ai-mcp/log/calls.csv", calls_csv, methods=["GET"]),
    Route("/admin/ai-mcp/log/calls.jsonl", calls_json_lines, methods=["GET"]),
]
