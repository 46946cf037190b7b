"""Where people of the synthetic clinic live: real towns of its time zone, streets that are not."""

from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Place(NamedTuple):
    """A town and the area code of its telephones."""

    city: str
    state: str
    postal_code: str
    area_code: str


_EAST = (
    Place("Stamford", "CT", "06902", "203"),
    Place("White Plains", "NY", "10601", "914"),
    Place("Hoboken", "NJ", "07030", "201"),
    Place("Alexandria", "VA", "22314", "703"),
)
_BY_ZONE = {
    "America/New_York": _EAST,
    "America/Chicago": (
        Place("Evanston", "IL", "60201", "847"),
        Place("Madison", "WI", "53703", "608"),
        Place("Plano", "TX", "75024", "972"),
    ),
    "America/Denver": (
        Place("Boulder", "CO", "80302", "303"),
        Place("Fort Collins", "CO", "80521", "970"),
        Place("Provo", "UT", "84601", "801"),
    ),
    "America/Phoenix": (
        Place("Phoenix", "AZ", "85012", "602"),
        Place("Scottsdale", "AZ", "85251", "480"),
        Place("Glendale", "AZ", "85301", "623"),
    ),
    "America/Los_Angeles": (
        Place("Pasadena", "CA", "91101", "626"),
        Place("Long Beach", "CA", "90802", "562"),
        Place("Irvine", "CA", "92612", "949"),
        Place("San Diego", "CA", "92103", "619"),
    ),
    "America/Anchorage": (Place("Anchorage", "AK", "99501", "907"),),
    "Pacific/Honolulu": (Place("Honolulu", "HI", "96813", "808"),),
}
_STREETS = (
    "Juniper Hollow Rd",
    "Larkspur Ln",
    "Copperleaf Dr",
    "Mossy Quarry Rd",
    "Tallow Creek Ave",
    "Old Lantern St",
    "Wren Orchard Way",
    "Saltbrush Ct",
    "Marrow Bend",
    "Quiet Mill Rd",
)


def places(time_zone: ZoneInfo) -> tuple[Place, ...]:
    """Towns of this time zone; of the East Coast where we know none."""
    return _BY_ZONE.get(time_zone.key, _EAST)


def street(chance: Random) -> str:
    """A house that does not exist."""
    return f"{chance.randint(12, 9899)} {chance.choice(_STREETS)}"


def telephones(time_zone: ZoneInfo, chance: Random) -> list[tuple[Place, str]]:
    """Every number of these towns that is kept for fiction (555-0100 to 555-0199), shuffled."""
    numbers = [
        (place, f"+1{place.area_code}55501{line:02}")
        for place in places(time_zone)
        for line in range(100)
    ]
    chance.shuffle(numbers)
    return numbers
