"""The process behind the endpoint: its routes, its connections, how it starts and ends."""

from mcp_server import catalog
from mcp_server.answers import Answers
from mcp_server.call import Calls
from mcp_server.edge import Edge, Policy, Receive, Scope, Send, reply
from services.database.pool import Pool
from services.errors import Unavailable
from services.identity.oauth import metadata
from services.keys import KeyRing
from services.settings import ENDPOINT, Settings


class App:
    """ASGI: the endpoint, and two answers for who watches over the process."""

    def __init__(self, settings: Settings) -> None:
        self._pool = Pool(settings.url_of("DATABASE_URL"), size=settings.database_connections)
        keys = KeyRing(settings.master_key_bytes)
        calls = Calls(catalog.load(), self._pool, keys, settings.public_origin)
        metadata_url = metadata.resource_url(settings)
        policy = Policy(settings.allowed_hosts, settings.allowed_origins, metadata_url)
        answers = Answers(calls, catalog.load_prompts(), catalog.load_resources())
        self._edge = Edge(answers, policy)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Route one request, or live through the process's life."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] != "http":
            raise NotImplementedError(scope["type"])
        elif scope["path"] == ENDPOINT:
            await self._edge(scope, receive, send)
        elif scope["path"] == "/healthz":
            await reply(send, 200, b'{"status":"alive"}')
        elif scope["path"] == "/readyz":
            await self._say_whether_ready(send)
        else:
            await reply(send, 404, b'{"error":"There is nothing here."}')

    async def _say_whether_ready(self, send: Send) -> None:
        try:
            await self._pool.check()
        except Unavailable:
            await reply(send, 503, b'{"status":"The database cannot be reached."}')
        else:
            await reply(send, 200, b'{"status":"ready"}')

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            event = await receive()
            if event["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            else:
                await self._pool.close()
                await send({"type": "lifespan.shutdown.complete"})
                return
