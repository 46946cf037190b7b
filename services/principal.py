"""Principal: who acts, for which clinic, in which roles."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from models.permission import GRANTS, Permission, Role
from models.vocabulary import Tier
from services.errors import NotPermitted


@dataclass(frozen=True, slots=True)
class Principal:
    """As the database verified it when the transaction began; never made from a caller's word."""

    tenant_id: UUID
    user_id: UUID
    actor_id: UUID
    """The credential, session or job through which the person acts."""
    roles: tuple[Role, ...]
    tier: Tier
    zone: ZoneInfo
    now: datetime
    """Policy time (UTC): fixed for the transaction, moved by tests."""

    @property
    def today(self) -> date:
        """The date at the clinic."""
        return self.now.astimezone(self.zone).date()

    def may(self, permission: Permission) -> bool:
        """Whether one of the roles grants it."""
        return any(permission in GRANTS[role] for role in self.roles)

    def require(self, permission: Permission) -> None:
        """Raise NotPermitted unless one of the roles grants it."""
        if not self.may(permission):
            raise NotPermitted(f"The role {'+'.join(self.roles)} does not grant {permission}.")


@lru_cache(maxsize=512)
def time_zone(name: str) -> ZoneInfo:
    """The IANA time zone of that name; ZoneInfoNotFoundError if there is none."""
    return ZoneInfo(name)
