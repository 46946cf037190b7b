"""The web process as one ASGI application: gate, forms, endpoint, pages."""

import asyncio
import mimetypes
import os
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final, cast

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from moonshot_app import downloads, forms, oauth, origin, tab_socket
from moonshot_app.asgi import Asgi, Receive, Scope, Send
from moonshot_app.gate import Gate
from moonshot_app.installation import Installation
from moonshot_app.proxy import Proxy
from services.errors import Unavailable
from services.settings import ENDPOINT, PROJECT, Settings

BUILT: Final = Path(os.environ.get("REFLEX_WEB_WORKDIR") or PROJECT / ".web") / "build" / "client"
NAME_MAX: Final = 255
"""Bytes of a file's name (POSIX)."""
_NO_PAGE: Final = "/404/"

WATCHED: Final = ("/healthz", "/readyz")
"""For who watches over the process, by whatever name: they tell nothing."""


class Web:
    """Routes one request: to the endpoint, a form, a script that names the origin, or a page."""

    def __init__(self, house: Installation, pages: Asgi, client: Path = BUILT) -> None:
        self._house = house
        self._pages = pages
        self._scripts = origin.scripts(client, house.settings.public_origin)
        self._proxy = Proxy(f"http://{house.settings.near_address}:{house.settings.mcp_port}")
        routes = [
            *forms.ROUTES,
            *downloads.ROUTES,
            *oauth.CLIENTS,
            *oauth.PEOPLE,
            Route("/healthz", _alive),
            Route("/readyz", self._ready),
        ]
        self._routes = cast("Asgi", Starlette(routes=routes))
        self._paths = {route.path for route in routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Route one request, or live through the process's life."""
        if scope["type"] == "lifespan":
            return await self._live(scope, receive, send)
        if scope["type"] == "websocket":
            return await self._pages(
                tab_socket.of_its_session(scope), tab_socket.sifted(receive), send
            )
        path = scope["path"]
        if scope["type"] == "http" and path == ENDPOINT:
            return await self._proxy(scope, receive, send)
        if scope["type"] == "http" and path in self._paths:
            return await self._routes(scope, receive, send)
        if path in self._scripts:
            answer = Response(self._scripts[path], media_type="text/javascript")
            return await answer(scope, cast("Any", receive), cast("Any", send))
        if not _may_be_a_file(path):
            scope = {**scope, "path": _NO_PAGE, "raw_path": _NO_PAGE.encode()}
        return await self._pages(scope, receive, send)

    async def _ready(self, _: Request) -> Response:
        try:
            await self._house.pool.check()
        except Unavailable:
            return JSONResponse({"status": "The database cannot be reached."}, status_code=503)
        return JSONResponse({"status": "ready"})

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._house.pool.close)
            stack.push_async_callback(self._proxy.close)
            stack.push_async_callback(self._house.fetch.close)
            # Pages are served meanwhile, and whoever signs up first need not wait for it.
            warming = asyncio.create_task(asyncio.to_thread(forms.opening_of_accounts))
            stack.push_async_callback(asyncio.wait, [warming])
            await self._pages(scope, receive, send)


def _may_be_a_file(path: str) -> bool:
    """Whether a page may be looked for; the system takes other names for an error."""
    return "\0" not in path and all(len(part.encode()) <= NAME_MAX for part in path.split("/"))


async def _alive(_: Request) -> Response:
    return JSONResponse({"status": "alive"})


def application(house: Installation) -> Asgi:
    """Everything, behind the gate. The pages must have been built."""
    web = Web(house, _reflex(house.settings))
    open_paths = (ENDPOINT, *WATCHED, *(route.path for route in oauth.CLIENTS))
    return Gate(web, house.settings, BUILT, open_paths=open_paths)


def _reflex(settings: Settings) -> Asgi:
    """Reflex, serving what was built: without these three it would build again."""
    os.environ["REFLEX_ENV_MODE"] = "prod"
    os.environ["__REFLEX_SKIP_COMPILE"] = "true"
    os.environ["__REFLEX_MOUNT_FRONTEND_COMPILED_APP"] = "true"
    mimetypes.add_type("image/webp", ".webp")  # Python before 3.13 may not know it
    from moonshot_app.moonshot_app import app  # noqa: PLC0415 -- it reads the three when imported

    if app.sio is not None:
        app.sio.eio.cors_allowed_origins = sorted(settings.web_origins)
    return app()
