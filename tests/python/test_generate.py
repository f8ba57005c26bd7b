"""The sample brand: the same files from the same seed, within the contract, with the stories that its page tells."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import PROJECT_ROOT, Run
from cxmart.base.errors import ExitCode
from cxmart.contract.source_contract import read_source
from cxmart.demo import generate

TABLES = read_source(PROJECT_ROOT, "standard").tables
SMALL = generate.Order(700, 5, "csv", date(2026, 4, 1), date(2026, 6, 30))
LOCAL = "timezone('Europe/Berlin', timezone('UTC', {}))"


def views(folder: Path) -> duckdb.DuckDBPyConnection:
    """A connection in which every file of a folder is a view."""
    connection = duckdb.connect(config={"threads": "2"})
    connection.execute("set TimeZone = 'UTC'")
    for path in sorted(folder.iterdir()):
        reader = "read_parquet" if path.suffix == ".parquet" else "read_csv"
        connection.execute(f"create view {path.stem} as from {reader}('{path}')")
    return connection


@pytest.fixture(scope="module")
def brand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The brand of the default size and seed, with what its stories need beside it."""
    folder = tmp_path_factory.mktemp("sample") / "brand"
    generate.generate(generate.Order(20_000, 1, "parquet"), TABLES, folder)
    with views(folder) as connection:
        connection.execute(
            """
            create table valid_tickets as
            from tickets
            where not is_spam and not is_test and not is_deleted and merged_into_ticket_id is null
            """
        )
        # A turn: from the first message that nobody has answered yet to the next answer.
        connection.execute(
            """
            create table turns as
            with spoken as (
                select
                    *,
                    lag(author_type) over in_order as before,
                    min(sent_at) filter (author_type = 'agent') over (
                        in_order rows between current row and unbounded following
                    ) as replied_at
                from ticket_messages
                where is_public and author_type in ('customer', 'agent')
                window in_order as (partition by ticket_id order by sent_at, message_id)
            )
            select
                tickets.ticket_id, tickets.channel, tickets.marketplace, tickets.topic, tickets.created_at,
                spoken.sent_at as asked_at, spoken.replied_at,
                date_diff('second', spoken.sent_at, spoken.replied_at) as seconds,
                row_number() over (partition by tickets.ticket_id order by spoken.sent_at) as turn_no
            from spoken
            inner join valid_tickets as tickets using (ticket_id)
            where spoken.author_type = 'customer' and spoken.before is distinct from 'customer'
                and not spoken.no_reply_needed and tickets.initiated_by = 'customer'
            """
        )
        # The first solution of each ticket, with the agent of it and the team that the agent was in.
        connection.execute(
            """
            create table solved as
            with first_ones as (
                select
                    ticket_id,
                    min(occurred_at) as solved_at,
                    min_by(actor_id, occurred_at) as agent_id,
                    min_by(actor_type, occurred_at) as actor_type
                from ticket_events
                where event_type = 'status_changed' and new_value = 'solved'
                group by ticket_id
            )
            select
                tickets.*, first_ones.solved_at, first_ones.agent_id, first_ones.actor_type, agents.team,
                date_diff('second', tickets.created_at, first_ones.solved_at) / 3600 as hours
            from first_ones
            inner join valid_tickets as tickets using (ticket_id)
            asof left join agents
                on first_ones.agent_id = agents.agent_id and first_ones.solved_at >= agents.valid_from
            """
        )
        connection.execute(
            """
            create table csat as
            select
                solved.*, survey.responded_at,
                1 + (survey.score - coalesce(survey.scale_min, 1)) * 4
                / (coalesce(survey.scale_max, 5) - coalesce(survey.scale_min, 1)) as csat
            from survey_responses as survey
            inner join solved using (ticket_id)
            where survey.survey_type = 'csat' and survey.score is not null
            """
        )
        yield connection


def value(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    """The one value that a query gives."""
    ((found,),) = connection.execute(query).fetchall()
    return found


def pairs(connection: duckdb.DuckDBPyConnection, query: str) -> dict[Any, Any]:
    """A query's first column with its second."""
    return dict(connection.execute(query).fetchall())


# The same seed, the same files


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small") / "one thread"
    generate.generate(SMALL, TABLES, folder, threads=1)
    return folder


@pytest.mark.parametrize("threads", [2, 8])
def test_the_files_do_not_depend_on_threads(threads: int, small: Path, tmp_path: Path) -> None:
    generate.generate(SMALL, TABLES, tmp_path / "out", threads=threads)
    assert digests(tmp_path / "out") == digests(small)


def test_another_seed_gives_another_brand(small: Path, tmp_path: Path) -> None:
    generate.generate(replace(SMALL, seed=6), TABLES, tmp_path / "out")
    same = {name for name, digest in digests(small).items() if digests(tmp_path / "out")[name] == digest}
    assert same == {"products.csv", "templates.csv"}  # names alone, nothing drawn


def test_parquet_holds_the_same_rows(small: Path, tmp_path: Path) -> None:
    generate.generate(replace(SMALL, file_format="parquet"), TABLES, tmp_path / "out")
    with views(tmp_path / "out") as parquet, views(small) as text:
        for table in ("tickets", "orders", "ticket_messages"):
            columns = parquet.execute(f"describe {table}").fetchall()
            casts = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind, *_ in columns)
            assert (
                text.execute(f"select {casts} from {table}").fetchall() == parquet.execute(f"from {table}").fetchall()
            )


# The contract


def test_the_loader_takes_every_row(cxmart: Run, tmp_path: Path, home: Path) -> None:
    made = cxmart("generate", "--tickets", "1500", "--from", "2026-02-01", "--out", str(tmp_path / "brand"))
    assert made.returncode == 0, made.stderr
    assert list(tmp_path.iterdir()) == [tmp_path / "brand"]
    loaded = cxmart("load", "standard", str(tmp_path / "brand"))
    assert loaded.returncode == 0, loaded.stderr
    with duckdb.connect(str(home / "raw.duckdb"), read_only=True) as raw:
        rows = {
            table: (read, whole)
            for table, read, whole in raw.execute(
                "select table_name, rows_read, rows_loaded from raw_standard._loads"
            ).fetchall()
        }
        columns = raw.execute("select table_name, column_name from duckdb_columns() where schema_name = 'raw_standard'")
        unknown = {
            (table, name)
            for table, name in columns.fetchall()
            if table in TABLES and name not in {column.name for column in TABLES[table].columns} and name[0] != "_"
        }
    assert set(rows) == set(TABLES)
    assert all(read == whole > 0 for read, whole in rows.values()), rows
    assert not unknown
    # The table at the end of the command counts what the loader counts.
    for table, (read, _) in rows.items():
        assert re.search(rf"^{table}\.csv +{read:,} ", made.stdout, re.MULTILINE), made.stdout


def test_files_hold_the_columns_of_the_contract(small: Path) -> None:
    for name, table in TABLES.items():
        header = (small / f"{name}.csv").read_text(encoding="utf-8").splitlines()[0]
        assert header.split(",") == [column.name for column in table.columns]


def test_times_and_money_are_written_plainly(small: Path) -> None:
    order = (small / "orders.csv").read_text(encoding="utf-8").splitlines()[1].split(",")
    row = dict(zip((column.name for column in TABLES["orders"].columns), order, strict=True))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["ordered_at"])
    assert re.fullmatch(r"\d+\.\d\d", row["total_amount"])


def test_nothing_happens_after_the_export(brand: duckdb.DuckDBPyConnection) -> None:
    for name, table in TABLES.items():
        times = [column.name for column in table.columns if column.data_type == "timestamp"]
        for column in times:
            if not column.startswith("promised_"):
                newest = value(brand, f"select coalesce(max({column}), timestamp '2000-01-01') from {name}")
                assert str(newest) < "2026-06-30 22:00:00", f"{name}.{column}"
    assert str(value(brand, "select max(sent_at) from ticket_messages")) > "2026-06-30 18:00:00"


def test_keys_come_once(brand: duckdb.DuckDBPyConnection) -> None:
    for name, table in TABLES.items():
        keys = ", ".join(table.key)
        assert value(brand, f"select count(*) - count(distinct ({keys})) from {name}") == 0, name


@pytest.mark.parametrize(
    ("table", "column", "target"),
    [
        ("ticket_messages", "ticket_id", "tickets"),
        ("ticket_messages", "template_id", "templates"),
        ("ticket_events", "ticket_id", "tickets"),
        ("tickets", "customer_id", "customers"),
        ("tickets", "order_id", "orders"),
        ("orders", "customer_id", "customers"),
        ("order_lines", "order_id", "orders"),
        ("order_lines", "product_id", "products"),
        ("reviews", "order_id", "orders"),
        ("reviews", "product_id", "products"),
        ("claims", "order_id", "orders"),
        ("returns", "order_id", "orders"),
        ("calls", "ticket_id", "tickets"),
        ("calls", "agent_id", "agents"),
        ("agent_shifts", "agent_id", "agents"),
        ("survey_responses", "ticket_id", "tickets"),
        ("survey_responses", "article_id", "articles"),
        ("article_views", "article_id", "articles"),
    ],
)
def test_what_is_named_exists(brand: duckdb.DuckDBPyConnection, table: str, column: str, target: str) -> None:
    named, missing = brand.execute(
        f"""
        select count({column}), count(*) filter ({column} not in (select {column} from {target}))
        from {table}
        """
    ).fetchone() or (0, 0)
    assert named > 0
    assert missing == 0


def test_people_answer_while_they_are_there(brand: duckdb.DuckDBPyConnection) -> None:
    replies, off_duty = brand.execute(
        f"""
        select
            count(*),
            count(*) filter (
                (author_id, cast({LOCAL.format("sent_at")} as date)) not in (
                    select (agent_id, shift_date) from agent_shifts where worked_minutes > 0
                )
            )
        from ticket_messages
        where author_type = 'agent'
        """
    ).fetchone() or (0, 0)
    # Where a platform's deadline is about to pass, somebody answers from home.
    assert replies > 30_000
    assert off_duty < replies / 1000


# What is planted; docs/sample-brand.md tells it.


def test_story_outage(brand: duckdb.DuckDBPyConnection) -> None:
    weeks = pairs(
        brand,
        f"""
        select cast(date_trunc('week', {LOCAL.format("created_at")}) as date)::varchar, count(*)
        from valid_tickets
        where topic = 'technical' and created_at between '2026-01-04 23:00' and '2026-05-03 22:00'
        group by all
        """,
    )
    outage = weeks.pop("2026-03-09")
    usual = sum(weeks.values()) / len(weeks)
    assert len(weeks) == 16
    assert 3 < outage / usual < 6
    assert outage > 2 * max(weeks.values())
    waits = pairs(
        brand,
        """
        select created_at between '2026-03-08 23:00' and '2026-03-15 23:00', median(seconds)
        from turns
        where turn_no = 1 and topic = 'technical' and created_at >= '2026-01-01' and channel = 'email'
        group by all
        """,
    )
    assert waits[True] > 1.8 * waits[False]
    backlog = pairs(
        brand,
        """
        select days.day::varchar, count(*)
        from range(timestamp '2026-01-05', timestamp '2026-05-04', interval 7 day) as days (day)
        inner join valid_tickets as tickets
            on tickets.topic = 'technical' and tickets.created_at < days.day
            and coalesce(tickets.resolved_at, timestamp '9999-01-01') >= days.day
        group by all
        """,
    )
    assert max(backlog, key=lambda day: backlog[day]) == "2026-03-16 00:00:00"


def test_story_returns_desk(brand: duckdb.DuckDBPyConnection) -> None:
    hours = pairs(
        brand,
        """
        select solved_at >= '2026-03-31 22:00', median(hours)
        from solved
        where team = 'returns_desk' and solved_at >= '2025-12-31 23:00'
        group by all
        """,
    )
    assert hours[True] < 0.6 * hours[False]
    csat = pairs(
        brand,
        """
        select responded_at >= '2026-03-31 22:00', avg(csat)
        from csat
        where team = 'returns_desk' and responded_at >= '2025-03-31 22:00'
        group by all
        """,
    )
    assert csat[True] < csat[False] - 0.6


def test_story_burst_of_reviews(brand: duckdb.DuckDBPyConnection) -> None:
    weeks = pairs(
        brand,
        """
        select cast(date_trunc('week', reviewed_at) as date)::varchar, count(*)
        from reviews
        inner join products using (product_id)
        where family = 'trail_lamp' and reviews.marketplace = 'amazon' and rating = 1 and not is_verified
        group by all
        """,
    )
    assert weeks.pop("2026-05-11") >= 70
    assert sum(weeks.values()) <= 5
    removed = value(
        brand,
        """
        select avg(cast(removed_at is not null as integer))
        from reviews
        where reviewed_at >= '2026-05-11' and reviewed_at < '2026-05-18' and marketplace = 'amazon' and rating = 1
        """,
    )
    assert 0.5 < removed < 0.8


def test_story_the_specialist(brand: duckdb.DuckDBPyConnection) -> None:
    rows = brand.execute(
        """
        select agent_id, avg(hours), avg(hours) filter (complexity = 'high'), bool_and(complexity = 'high'), count(*)
        from solved
        where team = 'technical'
        group by agent_id
        having count(*) >= 20
        """
    ).fetchall()
    specialists = [row for row in rows if row[3]]
    colleagues = [row for row in rows if not row[3]]
    assert [row[0] for row in specialists] == ["A025"]
    assert len(colleagues) >= 4
    assert specialists[0][4] >= 100
    assert all(specialists[0][1] > colleague[1] for colleague in colleagues)
    within_high = pairs(
        brand,
        "select agent_id = 'A025', avg(hours) from solved where team = 'technical' and complexity = 'high' group by 1",
    )
    assert within_high[True] < within_high[False]
    csat = pairs(brand, "select agent_id = 'A025', avg(csat) from csat where team = 'technical' group by 1")
    assert csat[True] < csat[False] - 0.2
    csat = pairs(
        brand,
        "select agent_id = 'A025', avg(csat) from csat where team = 'technical' and complexity = 'high' group by 1",
    )
    assert csat[True] > csat[False] + 0.2


AMAZON_ORDERS = "select * from orders where marketplace = 'amazon' and not is_test and not is_deleted"


def on_time(brand: duckdb.DuckDBPyConnection, day: str) -> float:
    """Amazon's on-time shipping over the 30 days that end with a day."""
    return value(
        brand,
        f"""
        select avg(cast(coalesce(shipped_at <= promised_ship_at, false) as integer))
        from ({AMAZON_ORDERS})
        where cancelled_at is null
            and cast({LOCAL.format("promised_ship_at")} as date) between date '{day}' - 29 and date '{day}'
        """,
    )


def test_story_amazon_ships_late_in_may(brand: duckdb.DuckDBPyConnection) -> None:
    assert on_time(brand, "2026-04-30") >= 0.99
    assert on_time(brand, "2026-05-31") < 0.95
    assert on_time(brand, "2026-06-30") == 1


def test_story_amazon_cancels_too_much(brand: duckdb.DuckDBPyConnection) -> None:
    shares = pairs(
        brand,
        f"""
        select cast(date_trunc('month', ordered_at) as date)::varchar,
            avg(cast(coalesce(cancelled_by = 'seller', false) as integer))
        from ({AMAZON_ORDERS})
        group by all
        """,
    )
    assert shares["2026-06-01"] > 0.01
    assert shares["2026-05-01"] > 0.01
    assert sum(shares.values()) - shares["2026-06-01"] - shares["2026-05-01"] < 0.01 * (len(shares) - 2)


def test_story_amazon_is_safe_otherwise(brand: duckdb.DuckDBPyConnection) -> None:
    defects = brand.execute(
        f"""
        with defects as (
            select order_id, min(happened_at) as happened_at
            from (
                select order_id, reviewed_at as happened_at from reviews where rating <= 2 and removed_at is null
                union all
                select order_id, opened_at from claims where status <> 'denied'
            )
            group by order_id
        )
        select days.day, avg(cast(defects.order_id is not null as integer)), count(*)
        from range(date '2025-07-01', date '2026-07-01', interval 1 day) as days (day)
        inner join ({AMAZON_ORDERS}) as orders
            on orders.ordered_at >= days.day - interval 60 day and orders.ordered_at < days.day
        left join defects
            on orders.order_id = defects.order_id and defects.happened_at <= orders.ordered_at + interval 60 day
        group by all
        """
    ).fetchall()
    assert len(defects) == 365
    assert max(share for _, share, _ in defects) < 0.01
    assert max(share for _, share, _ in defects) > 0
    turns, longest = brand.execute(
        """
        select count(*), max(coalesce(seconds, 999999))
        from turns
        where marketplace = 'amazon' and asked_at between '2026-05-30 22:00' and '2026-06-29 22:00'
        """
    ).fetchone() or (0, 0)
    assert turns > 50
    assert longest <= 86400
    requests, in_time = brand.execute(
        """
        select count(*), count(*) filter (responded_at <= requested_at + interval 48 hours)
        from returns
        inner join orders using (order_id)
        where orders.marketplace = 'amazon' and requested_at between '2026-05-29 22:00' and '2026-06-28 22:00'
        """
    ).fetchone() or (0, 0)
    assert requests > 15
    assert in_time == requests


def test_story_the_bot(brand: duckdb.DuckDBPyConnection) -> None:
    shares = pairs(
        brand,
        """
        select solved_at >= '2025-09-30 22:00', avg(cast(actor_type = 'automation' as integer))
        from solved
        where channel = 'chat'
        group by all
        """,
    )
    assert shares[False] == 0
    assert 0.3 < shares[True] < 0.5


def test_story_the_contact_form(brand: duckdb.DuckDBPyConnection) -> None:
    waits = brand.execute(
        "select channel, median(seconds), avg(seconds), count(*) from turns where turn_no = 1 group by channel"
    ).fetchall()
    medians = {channel: median for channel, median, *_ in waits}
    means = {channel: mean for channel, _, mean, _ in waits}
    counts = {channel: count for channel, *_, count in waits}
    assert max(medians, key=lambda channel: medians[channel]) == "contact_form"
    assert max(means, key=lambda channel: means[channel]) == "contact_form"
    assert medians["contact_form"] > 1.4 * medians["email"]
    assert counts["email"] > 3 * counts["contact_form"]
    replies, outside = brand.execute(
        f"""
        select count(*), count(*) filter (
            isodow({LOCAL.format("sent_at")}) > 5 or hour({LOCAL.format("sent_at")}) not between 9 and 14
        )
        from ticket_messages
        inner join valid_tickets as tickets using (ticket_id)
        where channel = 'contact_form' and author_type = 'agent' and is_public
        """
    ).fetchone() or (0, 0)
    assert replies > 1000
    assert outside == 0


def test_story_facebook(brand: duckdb.DuckDBPyConnection) -> None:
    days = brand.execute(
        """
        select
            days.day::varchar,
            avg(cast(coalesce(turns.replied_at <= days.day + interval 1 day, false) as integer)) as answered,
            avg(turns.seconds) filter (turns.replied_at <= days.day + interval 1 day) as seconds
        from range(timestamp '2026-01-01', timestamp '2026-07-01', interval 1 day) as days (day)
        inner join turns
            on turns.marketplace = 'facebook'
            and turns.asked_at >= days.day - interval 6 day and turns.asked_at < days.day + interval 1 day
        group by all
        """
    ).fetchall()
    responsive = {month: set() for month in range(1, 7)}
    for day, answered, seconds in days:
        responsive[int(day[5:7])].add(answered >= 0.9 and seconds <= 300)
    assert len(days) == 181
    assert responsive[1] == {False}
    assert responsive[6] == {True}


def test_flaws_that_are_findings(brand: duckdb.DuckDBPyConnection) -> None:
    telegram, first = brand.execute(
        "select count(*), min(created_at)::varchar from tickets where channel = 'telegram'"
    ).fetchone() or (0, "")
    assert telegram == 20
    assert first >= "2026-04-30"
    unknown = pairs(
        brand,
        """
        select new_value, count(*)
        from ticket_events
        where event_type = 'assigned' and new_value not in (select agent_id from agents)
        group by all
        """,
    )
    assert unknown == {"A9999": 5}
    rates = "(select currency from exchange_rates)"
    assert pairs(
        brand, f"select currency, count(*) from orders where currency <> 'EUR' and currency not in {rates} group by all"
    ) == {"CHF": 1}
    assert pairs(
        brand,
        "select scale_max, count(*) from survey_responses where survey_type = 'csat' and scale_max > 10 group by 1",
    ) == {50: 1}
    early = """
        select count(*)
        from ticket_messages
        inner join tickets using (ticket_id)
        where sent_at < created_at
    """
    assert value(brand, early) == 1
    circle = """
        select count(*)
        from tickets as one
        inner join tickets as other on one.merged_into_ticket_id = other.ticket_id
        where other.merged_into_ticket_id = one.ticket_id
    """
    assert value(brand, circle) == 2
    chains = """
        select count(*)
        from tickets as one
        inner join tickets as other on one.merged_into_ticket_id = other.ticket_id
        where other.merged_into_ticket_id is not null and other.merged_into_ticket_id <> one.ticket_id
    """
    assert value(brand, chains) >= 3


def test_rates_have_no_long_gaps(brand: duckdb.DuckDBPyConnection) -> None:
    gaps = """
        select max(gap)
        from (
            select rate_date - lag(rate_date) over (partition by currency order by rate_date) as gap
            from exchange_rates
        )
    """
    assert value(brand, gaps) == 3


# Sizes and errors


@pytest.mark.parametrize(("tickets", "days"), [(1, 1), (3, 2), (40, 1), (25, 4000)])
def test_small_brands_and_odd_periods_work(tickets: int, days: int, tmp_path: Path) -> None:
    last_day = date(2019, 12, 31) + timedelta(days=days - 1)
    order = generate.read_order(tickets, 0, "csv", "2019-12-31", last_day.isoformat())
    written = generate.generate(order, TABLES, tmp_path / "out")
    assert {file.table: file.rows for file in written}["tickets"] == tickets
    assert [file.table for file in written] == list(TABLES)


def assert_refused(cxmart: Run, *arguments: str, says: str) -> None:
    done = cxmart("generate", *arguments)
    assert done.returncode == ExitCode.USAGE, done.stderr
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1
    assert says in done.stderr


def test_wrong_calls_are_one_sentence(cxmart: Run, tmp_path: Path) -> None:
    out = ("--out", str(tmp_path / "out"))
    assert_refused(cxmart, *out, "--tickets", "0", says="--tickets is 0")
    assert_refused(cxmart, *out, "--seed", "-1", says="--seed is -1")
    assert_refused(cxmart, *out, "--format", "xlsx", says="--format is 'xlsx'; give csv or parquet")
    assert_refused(cxmart, *out, "--from", "2026-02-30", says="--from is '2026-02-30'")
    assert_refused(cxmart, *out, "--from", "2026-02-02", "--to", "2026-02-01", says="after --to 2026-02-01")
    assert_refused(cxmart, *out, "--to", "2124-01-01", says="--to is 2124-01-01")
    assert not (tmp_path / "out").exists()


def test_a_folder_with_files_is_left_alone(cxmart: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    assert_refused(cxmart, "--tickets", "5", "--out", str(tmp_path), says=f"{tmp_path} is not empty")
    assert_refused(cxmart, "--tickets", "5", "--out", str(tmp_path / "notes.txt"), says="is no folder")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_run_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="CXMART_MEMORY_LIMIT"):
        generate.generate(generate.Order(5000, 1), TABLES, tmp_path / "out", memory_limit="8MB", threads=1)
    assert list(tmp_path.iterdir()) == []
