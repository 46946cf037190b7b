"""A credential as a row of the page: in words, in the clinic's time."""

import dataclasses
from datetime import datetime, timedelta

from models.vocabulary import CredentialKind, CredentialStatus
from moonshot_app.components.clinic_time import ClinicTime
from moonshot_app.tool_titles import role_title
from services.identity.credentials import Credential

_SOON = timedelta(days=7)
_KINDS = {
    CredentialKind.TOKEN: "Token",
    CredentialKind.OAUTH: "Signed in",
    CredentialKind.IN_APP: "In this app",
}


@dataclasses.dataclass(frozen=True)
class ConnectionRow:
    """What one row shows, and what may be done with it."""

    id: str
    name: str
    made: str
    holder: str
    role: str
    reach: str
    credential: str
    used: str
    expires: str
    state: str
    """ok, warn, danger, or past."""
    state_said: str
    live: bool
    mine: bool
    rotates: bool
    tainted: bool
    """Whether what it read holds back what is proposed."""


def row_of(credential: Credential, times: ClinicTime, *, tainted: bool = False) -> ConnectionRow:
    """Put a credential into words."""
    state, said = _state(credential, times)
    live = credential.status in (
        CredentialStatus.ACTIVE,
        CredentialStatus.REPLACED,
        CredentialStatus.WITHDRAWN,
    )
    mine = credential.holder_id == times.principal.user_id
    return ConnectionRow(
        id=str(credential.id),
        name=credential.name,
        made=f"{_KINDS[credential.kind]}, {times.day(credential.created_at)}",
        holder=credential.holder,
        role=role_title(credential.role),
        reach=_reach(credential),
        # Of a grant it is another each hour.
        credential=""
        if credential.kind is CredentialKind.OAUTH
        else f"{credential.prefix}…{credential.last_four}",
        used=times.about(credential.last_used_at),
        expires=times.day(credential.expires_at) if live else "Ended",
        state=state,
        state_said=said,
        live=live,
        mine=mine,
        tainted=tainted,
        rotates=mine
        and credential.status is CredentialStatus.ACTIVE
        and credential.kind is CredentialKind.TOKEN,
    )


def _reach(credential: Credential) -> str:
    if credential.tools is not None:
        number = len(credential.tools)
        return f"{number} tool{'' if number == 1 else 's'} only"
    return "Reading only" if credential.read_only else "All tools"


def _state(credential: Credential, times: ClinicTime) -> tuple[str, str]:
    match credential.status:
        case CredentialStatus.REVOKED:
            return "past", f"Revoked {_day(credential.revoked_at, times)}"
        case CredentialStatus.EXPIRED:
            return "past", f"Ended {times.day(credential.expires_at)}"
        case CredentialStatus.WITHDRAWN:
            return "danger", "Role no longer held"
        case CredentialStatus.REPLACED:
            return "warn", f"Replaced, to {times.clock(credential.expires_at)}"
        case CredentialStatus.ACTIVE:
            if credential.expires_at - times.principal.now < _SOON:
                return "warn", f"Ends {times.until(credential.expires_at)}"
            return ("ok", "Works") if credential.last_used_at else ("new", "Not used yet")


def _day(moment: datetime | None, times: ClinicTime) -> str:
    return times.day(moment) if moment else ""
