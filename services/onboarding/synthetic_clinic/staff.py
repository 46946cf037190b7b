"""The colleagues of the person who signs up; he is owner and provider of the synthetic clinic."""

from dataclasses import dataclass

from models.permission import Role

OWNER_LICENCE = "SYNTHETIC-MD-0001"
"""Marked, so that nobody takes it for one that a board has issued."""


@dataclass(frozen=True, slots=True)
class SyntheticStaff:
    """A colleague; `key` names him to `generate`."""

    key: str
    display_name: str
    credentials: str | None
    """Letters after the name."""
    licence: str | None
    role: Role


STAFF: tuple[SyntheticStaff, ...] = (
    SyntheticStaff("provider", "Priya Raman", "NP", "SYNTHETIC-NP-0002", Role.PROVIDER),
    SyntheticStaff("nurse", "Marcus Webb", "RN", "SYNTHETIC-RN-0003", Role.NURSE),
    SyntheticStaff("front_desk", "Elena Castillo", None, None, Role.FRONT_DESK),
    SyntheticStaff("biller", "Grace Okafor", "CPC", None, Role.BILLER),
    SyntheticStaff("growth", "Tom Lindqvist", None, None, Role.GROWTH),
    SyntheticStaff("auditor", "Ruth Feldman", "CHC", None, Role.AUDITOR),
)
