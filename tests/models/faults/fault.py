"""A deliberate fault: what is done to the database, and what must be said of it."""

from typing import LiteralString, NamedTuple


class Fault(NamedTuple):
    """`told` stands in one of the findings, or the catalogue is not looked at closely enough."""

    name: str
    done: LiteralString
    told: str
