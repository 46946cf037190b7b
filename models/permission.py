"""What staff may do, and which role may do it (SPEC 3)."""

from enum import StrEnum


class Permission(StrEnum):
    """The one list of permissions; these are the names in code, database and docs."""

    VIEW_PATIENTS = "view_patients"
    VIEW_CHARTS = "view_charts"
    VIEW_SCHEDULE = "view_schedule"
    VIEW_INBOX = "view_inbox"
    VIEW_OWN_FINANCES = "view_own_finances"
    VIEW_ALL_FINANCES = "view_all_finances"
    VIEW_GROWTH = "view_growth"
    SEARCH_PROTOCOLS = "search_protocols"
    DRAFT_CHARTS = "draft_charts"
    DRAFT_MESSAGES = "draft_messages"
    EDIT_CHARTS = "edit_charts"
    SEND_MESSAGES = "send_messages"
    MANAGE_PROTOCOLS = "manage_protocols"
    MANAGE_STAFF = "manage_staff"
    MANAGE_AI = "manage_ai"
    SIGN_ADDENDUM = "sign_addendum"
    MANAGE_BILLING = "manage_billing"
    VIEW_AUDIT = "view_audit"
    USE_AI = "use_ai"
    """Granted to a person, never by a role."""


class Role(StrEnum):
    """What a staff member is in a clinic; a credential carries exactly one."""

    OWNER = "owner"
    PROVIDER = "provider"
    NURSE = "nurse"
    FRONT_DESK = "front_desk"
    BILLER = "biller"
    GROWTH = "growth"
    AUDITOR = "auditor"


LICENSED = frozenset({Role.PROVIDER, Role.NURSE})
"""Roles that need a recorded licence: signing needs a licensed person."""

_SIGNING = {Permission.EDIT_CHARTS, Permission.SEND_MESSAGES}
_CLINICAL = {
    Permission.VIEW_PATIENTS,
    Permission.VIEW_CHARTS,
    Permission.VIEW_SCHEDULE,
    Permission.VIEW_INBOX,
    Permission.SEARCH_PROTOCOLS,
    Permission.DRAFT_CHARTS,
    Permission.DRAFT_MESSAGES,
    Permission.SEND_MESSAGES,
}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(set(Permission) - _SIGNING - {Permission.USE_AI}),
    Role.PROVIDER: frozenset(_CLINICAL | {Permission.VIEW_OWN_FINANCES, Permission.EDIT_CHARTS}),
    Role.NURSE: frozenset(_CLINICAL),
    Role.FRONT_DESK: frozenset(
        {
            Permission.VIEW_PATIENTS,
            Permission.VIEW_SCHEDULE,
            Permission.VIEW_INBOX,
            Permission.DRAFT_MESSAGES,
        }
    ),
    Role.BILLER: frozenset(
        {
            Permission.VIEW_PATIENTS,
            Permission.VIEW_SCHEDULE,
            Permission.VIEW_OWN_FINANCES,
            Permission.VIEW_ALL_FINANCES,
        }
    ),
    Role.GROWTH: frozenset({Permission.VIEW_SCHEDULE, Permission.VIEW_GROWTH}),
    Role.AUDITOR: frozenset({Permission.VIEW_AUDIT}),
}
"""`view_all_finances` includes `view_own_finances`: who has the one is listed with both."""
