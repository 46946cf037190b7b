"""(b): the stock SDK server, answering one payload from memory."""

from uuid import UUID

from bench.stock.answer import GIVEN, Labs, serve, stock_server

server = stock_server()


@server.tool()
async def get_labs(patient_id: UUID, limit: int = 20) -> Labs:  # noqa: ARG001 -- as ours is called
    """Gives one patient's lab results, newest first, grouped by marker."""
    return GIVEN["payload"]


serve(server)
