"""The wire: what a batch gives, and that nothing that goes wrong is taken for right."""

import asyncio
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from services.database.statement import statement
from services.database.wire import Ask, Wire
from services.errors import Unavailable
from tests.ground import APP, Database

pytestmark = pytest.mark.anyio

PID = statement("SELECT pg_backend_pid()")
ECHO = statement("SELECT CAST(:value AS text)")


@pytest.fixture(scope="module", params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": request.param}


def ask(text: str, **values: Any) -> Ask:
    asked = statement(text)
    return asked, asked.values(values)


async def usable(wire: Wire) -> bool:
    return wire.idle and await wire.exchange([ask("SELECT 41 + 1")]) == [[(42,)]]


async def test_a_batch_gives_the_rows_of_each_statement(wire: Wire):
    assert await wire.exchange([ask("SELECT 1, 'a'"), ask("SELECT 2 WHERE false")]) == [
        [(1, "a")],
        [],
    ]
    assert await wire.exchange([]) == []


async def test_a_change_gives_one_empty_row_for_each_row_changed(
    wire: Wire, admin: Connection[Any]
):
    admin.execute("CREATE TABLE public.scratch AS SELECT generate_series(1, 3) AS n")
    admin.execute("GRANT SELECT, UPDATE ON public.scratch TO moonshot_app")
    try:
        asked = [ask("UPDATE public.scratch SET n = n"), ask("SELECT count(*) FROM public.scratch")]
        assert await wire.exchange(asked) == [[(), (), ()], [(3,)]]
    finally:
        admin.execute("DROP TABLE public.scratch")


async def test_after_an_error_nothing_more_is_run_and_all_is_undone(wire: Wire):
    with pytest.raises(psycopg.errors.DivisionByZero):
        await wire.exchange(
            [
                ask("SELECT set_config('x.a', 'yes', false)"),
                ask("SELECT 1 / 0"),
                ask("SELECT set_config('x.b', 'yes', false)"),
            ]
        )
    setting = ask("SELECT current_setting('x.a', true), current_setting('x.b', true)")
    assert await wire.exchange([setting]) == [[("", None)]]
    assert await usable(wire)


async def test_what_was_prepared_before_an_error_is_known_and_what_was_not_is_not(wire: Wire):
    for _ in range(3):
        with pytest.raises(psycopg.errors.DivisionByZero):
            await wire.exchange([ask("SELECT 4"), ask("SELECT 1 / 0"), ask("SELECT 5")])
    assert await wire.exchange([ask("SELECT 5"), ask("SELECT 4")]) == [[(5,)], [(4,)]]
    assert await usable(wire)


async def test_one_statement_may_be_asked_twice_from_the_start(wire: Wire):
    five = ask("SELECT 5")
    assert await wire.exchange([five, five]) == [[(5,)], [(5,)]]


async def test_an_error_in_preparing_is_the_same_each_time(wire: Wire):
    for _ in range(2):
        with pytest.raises(psycopg.errors.UndefinedTable):
            await wire.exchange([ask("SELECT 1"), ask("SELECT * FROM nowhere"), ask("SELECT 2")])
        with pytest.raises(psycopg.errors.SyntaxError):
            await wire.exchange([ask("SELEKT")])
    assert await usable(wire)


async def test_an_error_within_a_transaction_leaves_it_to_be_rolled_back(wire: Wire):
    with pytest.raises(psycopg.errors.DivisionByZero):
        await wire.exchange([ask("BEGIN"), ask("SELECT 1 / 0")])
    assert not wire.idle
    assert wire.nothing_to_commit
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        await wire.exchange([ask("SELECT 1")])
    await wire.exchange([ask("ROLLBACK")])
    assert await usable(wire)


async def test_an_empty_statement_gives_no_rows(wire: Wire):
    assert await wire.exchange([ask(" "), ask("-- nothing")]) == [[], []]


async def test_megabytes_go_both_ways_at_once(wire: Wire):
    # More than both sockets hold: each side must read while it writes.
    texts = [str(n) * 400_000 for n in range(1, 9)] * 4
    answered = await wire.exchange([(ECHO, ECHO.values({"value": text})) for text in texts])
    assert [rows[0][0] for rows in answered] == texts
    many = await wire.exchange([ask("SELECT repeat('x', 100) FROM generate_series(1, 50000)")])
    assert len(many[0]) == 50_000
    assert await usable(wire)


async def test_notices_are_no_answers(wire: Wire):
    asked = [ask(f"SET LOCAL x.n{n} = 'outside of a transaction'") for n in range(50)]
    for one in asked:
        assert await wire.exchange([one, ask("ROLLBACK")]) == [[], []]
    assert await usable(wire)


async def test_a_value_that_the_loader_cannot_hold_is_an_error_and_no_more(wire: Wire):
    with pytest.raises(psycopg.DataError):
        await wire.exchange([ask("SELECT 'infinity'::timestamptz")])
    assert await usable(wire)


@pytest.mark.parametrize("copy", ["COPY (SELECT 1) TO STDOUT", "COPY scratch FROM STDIN"])
async def test_copy_ends_the_connection(wire: Wire, admin: Connection[Any], copy: str):
    admin.execute("CREATE TABLE public.scratch (n int)")
    admin.execute("GRANT INSERT ON public.scratch TO moonshot_app")
    try:
        with pytest.raises(Unavailable):
            await asyncio.wait_for(wire.exchange([ask(copy)]), 60)
        assert not wire.idle
    finally:
        admin.execute("DROP TABLE public.scratch")


async def test_a_cancelled_exchange_ends_the_connection(wire: Wire):
    task = asyncio.create_task(wire.exchange([ask("SELECT pg_sleep(5)")]))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not wire.idle
    with pytest.raises(Unavailable):
        await wire.exchange([ask("SELECT 1")])


async def test_two_exchanges_at_once_are_refused(wire: Wire):
    task = asyncio.create_task(wire.exchange([ask("SELECT pg_sleep(0.05), 7")]))
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await wire.exchange([ask("SELECT 1")])
    assert (await task)[0][0][1] == 7
    assert await usable(wire)


async def test_a_backend_that_ends_while_idle_is_noticed(
    wire: Wire, end_backend: Callable[[int], None]
):
    (((pid,),),) = await wire.exchange([(PID, [])])
    end_backend(pid)
    with pytest.raises(Unavailable):
        await wire.exchange([ask("SELECT 1")])
    assert not wire.idle


async def test_a_backend_that_ends_in_flight_is_unavailable(
    wire: Wire, end_backend: Callable[[int], None]
):
    (((pid,),),) = await wire.exchange([(PID, [])])
    task = asyncio.create_task(wire.exchange([ask("SELECT 1"), ask("SELECT pg_sleep(9)")]))
    await asyncio.sleep(0)
    end_backend(pid)
    with pytest.raises(Unavailable):
        await asyncio.wait_for(task, 60)
    assert not wire.idle


async def test_a_backend_that_ends_while_we_still_write_is_unavailable(
    wire: Wire, end_backend: Callable[[int], None]
):
    (((pid,),),) = await wire.exchange([(PID, [])])
    large = [(ECHO, ECHO.values({"value": "x" * 30_000_000}))]
    task = asyncio.create_task(wire.exchange([ask("SELECT pg_sleep(9)"), *large]))
    await asyncio.sleep(0)
    end_backend(pid)
    with pytest.raises(Unavailable):
        await asyncio.wait_for(task, 60)
    assert not wire.idle


async def test_closing_twice_is_closing(wire: Wire):
    wire.close()
    wire.close()
    assert not wire.idle
    with pytest.raises(Unavailable):
        await wire.exchange([ask("SELECT 1")])


async def test_where_nobody_listens_is_unavailable(database: Database):
    url = database.url(APP).replace(f":{database.cluster.port_file.read_text().strip()}/", ":1/")
    with pytest.raises(Unavailable):
        await Wire.connect(url)
    with pytest.raises(Unavailable):
        await Wire.connect(database.url(APP).replace(APP, "nobody"))


async def test_a_changed_table_spoils_one_call_on_a_connection_and_says_so(
    wire: Wire, admin: Connection[Any]
):
    admin.execute("CREATE TABLE public.scratch AS SELECT 1 AS n")
    admin.execute("GRANT SELECT ON public.scratch TO moonshot_app")
    try:
        everything = ask("SELECT * FROM public.scratch")
        assert await wire.exchange([everything]) == [[(1,)]]
        admin.execute("ALTER TABLE public.scratch ALTER n TYPE text")
        with pytest.raises(psycopg.errors.FeatureNotSupported, match="cached plan"):
            await wire.exchange([everything])
        assert wire.outdated
        assert not wire.idle
    finally:
        admin.execute("DROP TABLE public.scratch")
