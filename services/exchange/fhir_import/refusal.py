"""Why a file is not taken, and where in it that shows. Nothing that a file holds is repeated."""

import re
from dataclasses import dataclass

_URL = re.compile(r"[A-Za-z0-9:/._~#|-]{1,200}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a resource stands: `Bundle.entry[3]` or `line 4`, its type and its fullUrl."""

    position: str
    resource_type: str | None = None
    full_url: str | None = None

    def __str__(self) -> str:
        # What does not look like an address could be anything, also terminal codes.
        url = self.full_url if self.full_url and _URL.fullmatch(self.full_url) else None
        known = ", ".join(part for part in (self.resource_type, url) if part)
        return f"{self.position} ({known})" if known else self.position


class FileRefused(Exception):
    """Nothing of the file is taken; the message says where it is wrong, and what is."""

    def __init__(self, what: str, *, place: Place | None = None, path: str | None = None) -> None:
        where = ": ".join(str(part) for part in (place, path) if part is not None)
        super().__init__(f"{where}: {what}" if where else what)


class Wrong(Exception):
    """A resource that is not FHIR, seen by its mapper, who does not know where it stands."""

    def __init__(self, path: str, what: str) -> None:
        super().__init__(path, what)
        self.path = path
        self.what = what
