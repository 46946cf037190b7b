"""Who may what, said once more by hand: a change of it is made in two places."""

import pytest

from models.permission import GRANTS, Permission, Role

SEES = "view_patients view_schedule view_inbox"
TREATS = f"{SEES} view_charts search_protocols draft_charts draft_messages send_messages"
AGREED = {
    Role.PROVIDER: f"{TREATS} view_own_finances edit_charts",
    Role.NURSE: TREATS,
    Role.FRONT_DESK: f"{SEES} draft_messages",
    Role.BILLER: "view_patients view_schedule view_own_finances view_all_finances",
    Role.GROWTH: "view_schedule view_growth",
    Role.AUDITOR: "view_audit",
}


NAMES = (
    "view_patients view_charts view_schedule view_inbox view_own_finances view_all_finances "
    "view_growth search_protocols draft_charts draft_messages edit_charts send_messages "
    "manage_protocols manage_staff manage_ai sign_addendum manage_billing view_audit use_ai"
)


@pytest.mark.promise("3.people.names")
def test_permissions_have_the_names_that_were_agreed():
    assert {permission.value for permission in Permission} == set(NAMES.split())


@pytest.mark.promise("3.people.table")
@pytest.mark.parametrize("role", AGREED)
def test_each_role_may_what_was_agreed(role: Role):
    assert GRANTS[role] == set(AGREED[role].split())


@pytest.mark.promise("3.people.table", "3.people.use-ai")
def test_an_owner_may_all_but_sign_and_grants_the_assistant_person_by_person():
    assert set(Permission) - GRANTS[Role.OWNER] == {"edit_charts", "send_messages", "use_ai"}
    assert not any(Permission.USE_AI in granted for granted in GRANTS.values())
    assert GRANTS.keys() == set(Role) == {Role.OWNER, *AGREED}
