"""The signed context: chosen, changed, copied or kept, it shows no rows."""

from uuid import uuid4

import psycopg
import pytest

from tests.models.intruder import SETTINGS, Context, Intruder, Target


@pytest.mark.promise("4.tables.reading")
def test_a_call_sees_its_own_clinic_and_no_other(intruder: Intruder, a: Target, b: Target):
    for target, other in ((a, b), (b, a)):
        intruder.begin(target.clinic.owner.token_hash)
        assert intruder.count() == 3
        assert intruder.count("app.lab_results") == 15
        assert intruder.count("app.tenants") == 1
        assert intruder.count_of(other.id) == 0
        intruder.commit()


@pytest.mark.promise("4.context.unset")
def test_no_context_shows_no_rows(intruder: Intruder, worker: Intruder, a: Target):
    for someone in (intruder, worker):
        for table in ("app.tenants", "app.patients", "app.lab_results", "app.mcp_audit_log"):
            assert someone.count(table) == 0


@pytest.mark.promise("4.context.forged")
def test_a_tenant_set_without_a_tag_shows_no_rows(intruder: Intruder, b: Target):
    intruder.set("app.current_tenant", b.id, local=False)
    assert intruder.count() == 0


@pytest.mark.promise("4.context.forged")
@pytest.mark.parametrize("setting", SETTINGS)
def test_one_setting_changed_under_a_valid_tag_shows_no_rows(
    intruder: Intruder, a: Target, b: Target, setting: str
):
    intruder.begin(a.clinic.provider.token_hash)
    foreign = {
        "app.current_tenant": b.id,
        "app.current_user": a.clinic.owner.user_id,
        "app.current_actor": f"s:{a.clinic.owner.session_id}",
        "app.current_role": "owner",
        "app.context_tag": "0" * 64,
    }
    intruder.set(setting, foreign[setting])
    assert intruder.count() == 0
    assert intruder.ask(
        "SELECT app.tenant(), app.user_id(), app.actor(), app.role(), app.has_role('owner')"
    ) == [(None, None, None, None, False)]


@pytest.mark.promise("4.context.forged")
@pytest.mark.parametrize("tag", ["", " ", "0", "null", "%", "\\x00", "' OR true --"])
def test_no_made_up_tag_verifies(intruder: Intruder, b: Target, tag: str):
    intruder.ask("BEGIN")
    intruder.wear(Context(str(b.id), str(b.clinic.owner.user_id), "x", "owner", tag))
    assert intruder.count() == 0


@pytest.mark.promise("4.context.forged")
@pytest.mark.parametrize("tenant", ["", "x", "' OR 1=1", "00000000", "{}", "%"])
def test_garbage_for_a_tenant_shows_no_rows_and_no_error(intruder: Intruder, tenant: str):
    intruder.ask("BEGIN")
    intruder.wear(Context(tenant, "", "", "", "00"))
    assert intruder.count() == 0


def test_a_separator_moved_between_fields_shows_no_rows(intruder: Intruder, a: Target):
    intruder.begin(a.clinic.owner.token_hash)
    c = intruder.context()
    for moved in (
        Context(f"{c.tenant}|{c.user}", c.actor, c.role, "", c.tag),
        Context("", f"{c.tenant}|{c.user}", c.actor, c.role, c.tag),
        Context(c.tenant, f"{c.user}|{c.actor}", c.role, "", c.tag),
        Context(c.tenant, c.user, f"{c.actor}|{c.role}", "", c.tag),
        Context(c.tenant, c.user, "", f"{c.actor}|{c.role}", c.tag),
    ):
        intruder.wear(moved)
        assert intruder.count() == 0
    intruder.wear(c)
    assert intruder.count() == 3


@pytest.mark.promise("3.finances.by-policy", "4.context.injected")
def test_a_role_set_in_the_midst_of_a_statement_shows_no_invoices(intruder: Intruder, a: Target):
    intruder.begin(a.clinic.provider.token_hash)
    question = (
        "SELECT count(*) FROM (SELECT set_config('app.current_role', 'owner', true) OFFSET 0) x, "
        "LATERAL (SELECT * FROM app.invoices WHERE x.set_config IS NOT NULL) i"
    )
    assert intruder.value(question) == 0


def test_a_tenant_set_in_the_midst_of_a_statement_shows_no_foreign_rows(
    intruder: Intruder, a: Target, b: Target
):
    intruder.begin(a.clinic.owner.token_hash)
    rows = intruder.ask(
        "SELECT set_config('app.current_tenant', %s, true), p.tenant_id, (SELECT count(*) "
        "FROM app.patients q WHERE q.tenant_id = %s AND p.id IS NOT NULL) FROM app.patients p",
        str(b.id),
        b.id,
    )
    assert {(tenant, foreign) for _, tenant, foreign in rows} <= {(a.id, 0)}


def test_parallel_plans_neither_lose_nor_leak_rows(intruder: Intruder, a: Target, b: Target):
    intruder.begin(a.clinic.owner.token_hash)
    intruder.ask(
        "SET LOCAL debug_parallel_query = on; SET LOCAL parallel_setup_cost = 0; "
        "SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0"
    )
    assert (intruder.count(), intruder.count_of(b.id)) == (3, 0)
    assert (
        intruder.value(
            "SELECT count(*) FROM app.lab_results l JOIN app.patients p "
            "ON p.tenant_id = l.tenant_id AND p.id = l.patient_id"
        )
        == 15
    )


def test_a_plan_made_under_one_clinic_serves_another_its_own_rows(
    intruder: Intruder, a: Target, b: Target
):
    intruder.ask("SET plan_cache_mode = force_generic_plan")
    intruder.begin(a.clinic.owner.token_hash)
    intruder.ask("PREPARE q AS SELECT tenant_id FROM app.patients")
    assert set(intruder.ask("EXECUTE q")) == {(a.id,)}
    intruder.commit()
    assert intruder.ask("EXECUTE q") == []
    intruder.begin(b.clinic.owner.token_hash)
    assert set(intruder.ask("EXECUTE q")) == {(b.id,)}


@pytest.mark.promise("4.context.pinned")
def test_a_search_path_changes_nothing(intruder: Intruder, a: Target, b: Target):
    intruder.ask("SET search_path = pg_temp, public, app, pg_catalog")
    intruder.begin(a.clinic.owner.token_hash)
    assert (intruder.count("patients"), intruder.count_of(b.id)) == (3, 0)


@pytest.mark.promise("4.context.injected")
def test_a_stacked_statement_that_sets_the_context_sees_nothing(
    intruder: Intruder, a: Target, b: Target
):
    intruder.begin(a.clinic.owner.token_hash)
    assert (
        intruder.value(
            f"SELECT 1 FROM app.patients WHERE mrn = ''; "
            f"SELECT set_config('app.current_tenant', '{b.id}', true), "
            f"set_config('app.current_role', 'owner', true); SELECT count(*) FROM app.patients"
        )
        == 0
    )


@pytest.mark.promise("4.context.injected")
def test_a_guessed_hash_begins_nothing(intruder: Intruder, a: Target):
    intruder.begin(a.clinic.owner.token_hash)
    with pytest.raises(psycopg.errors.InvalidAuthorizationSpecification):
        intruder.ask(f"COMMIT; BEGIN; SELECT app.begin_request('\\x{'00' * 32}')")


def test_the_parts_of_the_signature_cannot_be_called(intruder: Intruder, worker: Intruder):
    for someone in (intruder, worker):
        someone.refused("SELECT identity.tag('a', 'b', 'c', 'd')")
        someone.refused("SELECT identity.verified()")
        someone.refused("SELECT identity.set_context(%s, %s, 'x', 'owner')", uuid4(), uuid4())
        someone.refused("SELECT identity.uuid7()")


def test_whether_a_row_is_me_cannot_be_guessed(intruder: Intruder, a: Target):
    intruder.begin(a.clinic.front_desk.token_hash)
    me = a.clinic.front_desk
    actor = f"c:{me.credential_id}"
    question = "SELECT app.is_me(%s, %s, %s, %s)"
    assert intruder.value(question, a.id, me.user_id, actor, "front_desk")
    assert not intruder.value(question, a.id, me.user_id, actor, "owner")
    assert not intruder.value(question, a.id, a.clinic.owner.user_id, actor, "front_desk")
    assert not intruder.value(question, a.id, me.user_id, f"{actor}|front_desk", "")
    assert not intruder.value(question, None, None, None, None)
    assert not intruder.value("SELECT app.has_role(NULL)")
    assert not intruder.value("SELECT app.has_role(VARIADIC NULL::text[])")
