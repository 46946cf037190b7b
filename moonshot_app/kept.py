"""What a page keeps while its connection is lost, be it that the server was started anew.

A page that connects again is told all that its state holds, which after a new start is nothing. Of
what derives from here it is told changes alone, and so goes on with what it shows.
"""

import builtins
from typing import Any

import reflex as rx
from reflex.state import _override_base_method  # pyright: ignore[reportPrivateUsage] -- the one way

from moonshot_app.guard import Tab


class Kept(rx.State):
    """Its `load` tells a new page what it needs, and leaves be what one that came back shows."""

    @_override_base_method
    def dict(
        self,
        include_computed: bool = True,  # noqa: FBT001, FBT002 -- as it is overridden
        initial: bool = False,  # noqa: FBT001, FBT002
        **kwargs: Any,
    ) -> builtins.dict[str, Any]:
        """All at once: what pages are built with, and nothing later."""
        return super().dict(include_computed, initial, **kwargs) if initial else {}

    async def _has_come_back(self) -> bool:
        return await has_come_back(self)

    async def _is_at(self, path: str) -> bool:
        """Whether the tab still shows a page under this path."""
        return (await self.get_state(Tab))._path.startswith(path)  # noqa: SLF001 -- as above


async def has_come_back(state: rx.State) -> bool:
    """Whether the page loads only because its connection was lost."""
    return (await state.get_state(Tab))._came_back  # noqa: SLF001 -- a state's own backend variable
