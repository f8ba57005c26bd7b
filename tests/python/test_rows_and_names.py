"""Ids, keys and names, however an export writes them, and rows that stay without a value."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import PROJECT_ROOT, Run
from cxmart.base.errors import CxmartError
from cxmart.base.settings import Settings, read_settings
from cxmart.contract.source_contract import Column, Dialect, Source, Table
from cxmart.contract.vocabulary import (
    Vocabulary,
    is_placeholder_in_sql,
    name_key,
    name_key_in_sql,
    read_vocabulary,
)
from cxmart.landing import ids, rejects
from landings import KEY, Lander, contract_of


@pytest.fixture
def lander(tmp_path: Path) -> Lander:
    return Lander(tmp_path, contract_of("standard"))


def orders(*rows: str) -> str:
    return "\n".join(["order_id,customer_id,marketplace,ordered_at,total_amount", *rows, ""])


def kept(lander: Lander) -> list[tuple[Any, ...]]:
    """The values that did not land of rows that did: line, column, reason, value."""
    return lander.rows(
        "select line, column_name, reason, value from _rejects where is_row_kept and cleared_by_load_id is null "
        "order by load_id, line, column_name"
    )


# Ids

IDS = [
    ("1234", "1234"),
    ("1234.0", "1234"),
    (" 1234.00 ", "1234"),
    ("1234.000000000", "1234"),
    ("1.234E+03", "1234"),
    ("1.2345678E7", "12345678"),
    ("1.50E+01", "15"),
    ("-5.0", "-5"),
    ("0.0E+00", "0"),
    ("1234,0", "1234"),
    ("00123", "00123"),
    ("00123.0", "00123"),
    ("1E5", "1E5"),
    ("1e10", "1e10"),
    ("1.000", "1.000"),
    ("SKU-1.5", "SKU-1.5"),
    ("v1.0", "v1.0"),
    ("114-3941689-8772232", "114-3941689-8772232"),
    ("4.02878E+11", None),
    ("4,02878E+11", None),
    ("4E+11", None),
    ("1.5E5", None),
    ("1.2E+99999999999", None),
]


@pytest.mark.parametrize(("text", "value"), IDS)
def test_an_id_is_itself_however_a_tool_wrote_it(text: str, value: str | None) -> None:
    with duckdb.connect() as connection:
        written = ids.of_text("id", "nullif(trim(id), '')")
        assert connection.execute(f"select {written} from (select ? as id)", [text]).fetchone() == (value,)


@given(number=st.integers(0, 10**15), places=st.integers(0, 15))
@settings(max_examples=200, deadline=None)
def test_a_shortened_id_is_whole_or_none(number: int, places: int) -> None:
    """What has all digits is the number again; what has not is nothing, and never another id."""
    text = f"{number:.{places}E}"
    with duckdb.connect() as connection:
        found = connection.execute(f"select {ids.of_text('id', 'id')} from (select ? as id)", [text]).fetchone()
    exponent = int(text.partition("E")[2])
    assert found == (str(number) if places >= exponent else None,)


def test_orders_whose_ids_are_lost_do_not_become_one(lander: Lander) -> None:
    rows = [f"4.02878E+11,K14{n},web,2025-01-0{n}T10:00:00Z,{n}0" for n in range(1, 5)]
    landed = lander.land("orders.csv", orders(*rows))
    assert (landed.rows_loaded, landed.rows_rejected) == (0, 4)
    line, column, reason, text = lander.rejects()[0]
    assert (line, column) == (1, "order_id")
    assert reason == "is a number that a spreadsheet shortened; its last digits are lost: export the column as text"
    assert text == rows[0]


def test_an_id_beside_the_key_is_left_out_and_the_row_stays(lander: Lander) -> None:
    landed = lander.land("orders.csv", orders("1.0,4.02878E+11,web,2025-01-01,10", "2,7.0,web,2025-01-01,10"))
    assert (landed.rows_loaded, landed.rows_rejected, landed.values_rejected) == (2, 0, 1)
    assert lander.rows("select order_id, customer_id from orders order by 1") == [("1", None), ("2", "7")]
    assert kept(lander) == [(1, "customer_id", ids.SHORTENED, "4.02878E+11")]


def test_ids_that_became_floating_point_numbers_are_the_same_ids(lander: Lander) -> None:
    path = lander.write("orders.parquet", b"")
    with duckdb.connect() as connection:
        connection.execute(
            f"""
            copy (
                select *, 'web' as marketplace, timestamp '2025-02-01' as ordered_at
                from (
                    values (1::double, 1234::double), (2, null), (3, 'nan'), (4, 9007199254740993), (2.0 ^ 53, 5),
                    ('nan', 6)
                ) as t (order_id, customer_id)
            ) to '{path}'
            """
        )
    landed = lander.land_path(path)
    assert (landed.rows_loaded, landed.rows_rejected, landed.values_rejected) == (4, 2, 1)
    assert lander.rows("select order_id, customer_id from orders order by 1") == [
        ("1", "1234"), ("2", None), ("3", None), ("4", None),
    ]  # fmt: skip
    assert kept(lander) == [(4, "customer_id", ids.INEXACT, "9007199254740992.0")]
    assert [reason for _, _, reason, _ in lander.rejects() if reason != ids.INEXACT] == ["is missing"]
    with duckdb.connect() as connection:
        connection.execute(f"copy (select 1234::bigint as customer_id) to '{path.with_name('customers.parquet')}'")
    lander.land_path(path.with_name("customers.parquet"))
    assert lander.rows("select customer_id from customers") == [("1234",)]


@pytest.mark.parametrize("nested", ["", ', "more": {"a": [1, {"b": 2}]}'])
def test_numbers_of_json_keep_all_digits(lander: Lander, nested: str) -> None:
    """As the engine reads them, and by way of the clean copy."""
    line = '{{"order_id": {}, "customer_id": {}, "marketplace": "web", "ordered_at": "2025-02-06"{}}}\n'
    lander.land(
        "orders.jsonl",
        line.format(4028789123456789123, 1234, nested) + line.format(4028789123456789124, "1234.0", nested),
    )
    assert lander.rows("select order_id, customer_id from orders order by 1") == [
        ("4028789123456789123", "1234"), ("4028789123456789124", "1234"),
    ]  # fmt: skip


def test_an_assignee_is_an_id_and_a_status_is_none(lander: Lander) -> None:
    head = "event_id,ticket_id,event_type,old_value,new_value,occurred_at\n"
    rows = "1,1.0,assigned,7.0,8.0,2025-01-01\n2,1,status_changed,open,solved,2025-01-01\n"
    lander.land("ticket_events.csv", head + rows)
    assert lander.rows("select ticket_id, old_value, new_value from ticket_events order by event_id") == [
        ("1", "7", "8"), ("1", "open", "solved"),
    ]  # fmt: skip


def test_a_column_that_nobody_declared_is_left_as_it_is(tmp_path: Path) -> None:
    lander = Lander(tmp_path, Source("shop", "raw_shop", {"things": Table("things", (Column("thing_id"),))}))
    assert lander.land("things.csv", "thing_id,other_id\n1.0,1.0\n").rows_loaded == 1
    assert lander.rows("select thing_id, other_id from things") == [("1", "1.0")]


# Keys that collide


def test_rows_that_share_a_key_and_are_no_versions_are_told(lander: Lander) -> None:
    rows = [f"O1,K{n},web,2025-01-0{n}T10:00:00Z,10" for n in range(1, 5)]
    landed = lander.land("orders.csv", orders(*rows, "O2,K9,web,2025-01-01T10:00:00Z,1", "O2,K9,web,2025-01-01,2"))
    assert (landed.rows_loaded, landed.rows_stale, landed.rows_conflicting) == (2, 4, 3)
    assert landed.conflict == (
        "3 rows have the order_id of another row but differ in customer_id, ordered_at: these are no versions of one "
        "row, and only one row of each order_id stays (for example O1 of line 1 and of line 4); give each its own "
        "order_id, and load the file again"
    )
    assert lander.rows("select rows_conflicting from _loads") == [(3,)]
    assert rejects.count_conflicting(lander.settings) == {"standard": 3}


def test_a_row_of_an_earlier_file_is_compared_too(lander: Lander) -> None:
    lander.land("orders.csv", orders("O1,K1,web,2025-01-01T10:00:00.123456Z,10", "O2,K1,web,2025-01-01T10:00:00Z,10"))
    later = lander.land("orders-2.csv", orders("O1,,web,2025-01-01T10:00:00Z,11", "O2,K2,web,2025-01-01T10:00:00Z,11"))
    assert (later.rows_loaded, later.rows_conflicting) == (2, 1)
    assert "differs in customer_id" in later.conflict
    assert "O2 of line 2 and of an earlier file" in later.conflict
    # A file counts as it was when it last landed.
    lander.land("orders-2.csv", orders("O3,K2,web,2025-01-01T10:00:00Z,11"))
    assert rejects.count_conflicting(lander.settings) == {}


def test_a_version_is_no_conflict(lander: Lander) -> None:
    head = "ticket_id,customer_id,channel,created_at,status,updated_at\n"
    first = lander.land("tickets.csv", head + "1,a,email,2025-01-01T10:00:00Z,open,2025-01-01\n")
    second = lander.land("tickets-2.csv", head + "1,b,chat,2025-01-01T10:00:00Z,solved,2025-01-02\n")
    assert (first.rows_conflicting, second.rows_conflicting) == (0, 0)


def test_the_command_warns_of_a_conflict(cxmart: Run, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(orders("O1,K1,web,2025-01-01,10", "O1,K2,web,2025-01-02,10"), encoding="utf-8")
    done = cxmart("load", "standard", str(tmp_path / "orders.csv"))
    assert done.returncode == 0
    assert f"WARNING {tmp_path / 'orders.csv'}: 1 row has the order_id of another row" in done.stdout + done.stderr


# Headers


@pytest.mark.parametrize(
    "header", ["Ticket ID,Channel,Created At", "ticket-id,CHANNEL,createdAt", "Ticket_Id, channel ,created \u2013 at"]
)
def test_headers_are_read_without_case_blanks_and_dashes(lander: Lander, header: str) -> None:
    lander.land("tickets.csv", f"{header},Some Thing\n1,email,2025-01-01,x\n")
    assert lander.rows('select ticket_id, channel, "Some Thing" from tickets') == [("1", "email", "x")]


def test_two_headers_of_one_column_are_refused(lander: Lander) -> None:
    with pytest.raises(CxmartError, match="has the column ticket_id twice"):
        lander.land("tickets.csv", "Ticket ID,ticket_id,channel,created_at\n1,2,email,2025-01-01\n")


def test_the_delimiter_is_found_by_such_headers(lander: Lander) -> None:
    lander.land("tickets.csv", "Ticket ID;Channel;Created At;a,b,c,d,e\n1;email;2025-01-01;x\n")
    assert lander.rows("select ticket_id from tickets") == [("1",)]


# Names


def configured(lander: Lander, **seeds: str) -> Settings:
    """The settings of a warehouse with a brand's own seeds in place of the shipped ones."""
    folder = lander.folder / "config"
    folder.mkdir(exist_ok=True)
    for name, content in seeds.items():
        (folder / f"{name}.replace.csv").write_text(content, encoding="utf-8")
    lander.environment = {"CXMART_CONFIG": str(folder)}
    return lander.settings


ALIASES = (
    "kind,alias,name,source\nauthor,End-User,customer,test\nauthor,bot,automation,test\nauthor,robot,nobody,test\n"
)


def test_lists_are_read_in_any_spelling_and_by_their_aliases(lander: Lander) -> None:
    configured(lander, name_aliases=ALIASES)
    words = ["customer", " Customer", "END_USER", "enduser", "Bot", "Automation"]
    lines = [f"{n},1,{word},2025-01-01\n" for n, word in enumerate([*words, "robot", "stranger"])]
    landed = lander.land("ticket_messages.csv", "message_id,ticket_id,author_type,sent_at\n" + "".join(lines))
    assert landed.rows_rejected == 2
    assert [row[1:3] for row in lander.rejects()] == [
        ("author_type", "is none of customer, agent, automation, system")
    ] * 2
    assert lander.rows("select author_type from ticket_messages order by message_id") == [
        *[("customer",)] * 4, *[("automation",)] * 2,
    ]  # fmt: skip


def test_a_new_alias_lands_what_it_names(lander: Lander) -> None:
    content = "message_id,ticket_id,author_type,sent_at\n1,1,enduser,2025-01-01\n"
    assert lander.land("ticket_messages.csv", content).rows_loaded == (0 if not shipped().aliases else 1)
    configured(lander, name_aliases=ALIASES.replace("End-User", "end user"))
    again = lander.land("ticket_messages.csv", content)
    assert lander.rows("select author_type from ticket_messages") == [("customer",)]
    assert lander.rejects() == []
    assert lander.land("ticket_messages.csv", content).is_new is False, again


def shipped() -> Vocabulary:
    return read_vocabulary(read_settings({}))


def test_a_word_outside_of_a_list_that_may_be_empty_keeps_the_row(lander: Lander) -> None:
    head = "order_id,marketplace,ordered_at,cancelled_by\n"
    landed = lander.land("orders.csv", head + "1,web,2025-01-01,the cat\n2,web,2025-01-01,Seller\n3,web,2025-01-01,\n")
    assert (landed.rows_loaded, landed.values_rejected) == (3, 1)
    assert lander.rows("select cancelled_by from orders order by order_id") == [(None,), ("seller",), (None,)]
    assert kept(lander) == [(1, "cancelled_by", "is none of seller, customer, system", "the cat")]


def test_where_an_empty_value_means_something_a_wrong_one_rejects_the_row(lander: Lander) -> None:
    """An empty initiated_by is the customer's, an empty direction inbound, an empty flag false, an empty time never."""
    head = "ticket_id,channel,created_at,initiated_by,is_spam,resolved_at\n"
    rows = ["1,email,2025-01-01,the cat,,\n", "2,email,2025-01-01,,maybe,\n", "3,email,2025-01-01,,,soon\n"]
    assert lander.land("tickets.csv", head + "".join(rows)).rows_rejected == 3
    assert lander.land("calls.csv", "call_id,queued_at,hold_seconds\n1,2025-01-01,long\n").rows_rejected == 1


def test_an_unknown_status_lands(lander: Lander) -> None:
    lander.land("tickets.csv", "ticket_id,channel,created_at,status\n1,email,2025-01-01,Parked\n")
    assert lander.rows("select status from tickets") == [("Parked",)]


@given(name=st.text(max_size=12))
@settings(max_examples=200, deadline=None)
def test_a_name_has_the_same_key_in_the_engine(name: str) -> None:
    with duckdb.connect() as connection:
        name = name.replace("\0", "")
        found = connection.execute(f"select {name_key_in_sql('name')} from (select ? as name)", [name]).fetchone()
    # Few letters are lower-cased in another way by the engine.
    assert found == (name_key(name),) or not name.isascii()


@pytest.mark.parametrize(
    ("content", "message"),
    [("kind,alias\na,b\n", "lacks the column name"), (b"kind,alias,name\n\xff", "can't be read")],
)
def test_seeds_that_can_not_be_read_stop_a_load(lander: Lander, content: str | bytes, message: str) -> None:
    configured(lander)
    path = lander.folder / "config" / "name_aliases.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(CxmartError, match=message):
        lander.land("tickets.csv", "ticket_id,channel,created_at\n1,email,2025-01-01\n")


# Values that are left out


VIEWS = "view_id,article_id,viewed_at,read_seconds,resources_opened\n"


def test_one_bad_value_does_not_lose_the_row(lander: Lander) -> None:
    rows = "1,a,2025-01-01,-3,-1\n2,a,2025-01-01,long,10\n3,a,soon,x,1\n"
    landed = lander.land("article_views.csv", VIEWS + rows)
    assert (landed.rows_read, landed.rows_loaded, landed.rows_rejected, landed.values_rejected) == (3, 2, 1, 3)
    assert lander.rows("select read_seconds, resources_opened from article_views order by view_id") == [
        (None, None), (None, 10),
    ]  # fmt: skip
    assert [(line, column, value) for line, column, _, value in kept(lander)] == [
        (1, "read_seconds", "-3"), (1, "resources_opened", "-1"), (2, "read_seconds", "long"),
    ]  # fmt: skip
    assert lander.rows("select values_rejected, rows_rejected from _loads") == [(3, 1)]
    assert (
        lander.land(
            "article_views-2.csv", VIEWS + '4,a,2025-01-01,95.5,4.5\n5,a,2025-01-01,"1,234",1\n'
        ).values_rejected
        == 2
    )
    assert kept(lander)[-2] == (1, "resources_opened", "is no whole number", "4.5")
    (counted,) = rejects.count_open(lander.settings)
    assert (counted.rows, counted.files, counted.values) == (1, 1, 5)


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_values_are_left_out_of_files_of_every_format(lander: Lander, suffix: str) -> None:
    path = lander.write(f"orders.{suffix}", b"")
    options = "format csv, header" if suffix == "csv" else "format json" if suffix == "jsonl" else "format parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"""
            copy (
                select
                    cast(i as varchar) as order_id, 'web' as marketplace, '2025-01-01' as ordered_at,
                    if(i % 1000 = 0, 'much', '12') as total_amount, if(i % 500 = 0, 'cat', 'seller') as cancelled_by
                from range(1, 5001) as numbers (i)
            ) to '{path}' ({options})
            """
        )
    landed = lander.land_path(path)
    assert (landed.rows_loaded, landed.rows_rejected, landed.values_rejected) == (5000, 0, 15)
    assert [row[0] for row in kept(lander)] == sorted([*range(500, 5001, 500), *range(1000, 5001, 1000)])
    assert lander.rows("select count(total_amount), count(cancelled_by) from orders") == [(4995, 4990)]
    texts = lander.rows("select raw_text from _rejects where column_name = 'total_amount' order by line")
    assert all("much" in text and f"{n}000" in text for n, (text,) in enumerate(texts, start=1))


def test_a_value_is_settled_by_the_row_that_takes_its_place(lander: Lander) -> None:
    head = "order_id,marketplace,ordered_at,total_amount,updated_at\n"
    lander.land("orders.csv", head + "1,web,2025-01-01,much,2025-01-05\n")
    stale = lander.land("orders-2.csv", head + "1,web,2025-01-01,12,2025-01-01\n")
    assert (stale.rows_stale, stale.rejects_cleared, len(kept(lander))) == (1, 0, 1)
    newer = lander.land("orders-3.csv", head + "1,web,2025-01-01,12,2025-01-09\n")
    assert (newer.rows_loaded, newer.rejects_cleared, kept(lander)) == (1, 1, [])


def test_a_value_of_a_row_that_another_one_replaced_is_settled_with_it(lander: Lander) -> None:
    head = "order_id,marketplace,ordered_at,total_amount,updated_at\n"
    rows = "1,web,2025-01-01,much,2025-01-01\n1,web,2025-01-01,12,2025-01-02\n"
    landed = lander.land("orders.csv", head + rows)
    assert (landed.values_rejected, kept(lander)) == (1, [])
    assert lander.rows("select value, cleared_by_load_id from _rejects") == [("much", 1)]


def test_both_kinds_are_shown_apart(cxmart: Run, tmp_path: Path) -> None:
    (tmp_path / "article_views.csv").write_text(VIEWS + "1,a,2025-01-01,-3,1\n2,a,soon,1,10\n", encoding="utf-8")
    done = cxmart("load", "standard", str(tmp_path / "article_views.csv"))
    assert "1 value is empty in rows that landed" in done.stdout + done.stderr
    shown = cxmart("rejects", "standard").stdout
    first, second = shown.split("1 value was left out of rows that landed")
    assert ("viewed_at" in first, "read_seconds" in first) == (True, False)
    assert ("viewed_at" in second, "read_seconds" in second) == (False, True)
    told = json.loads(cxmart("rejects", "standard", "--rows", "--json").stdout)
    assert [(reject["column"], reject["is_row_kept"]) for reject in told] == [
        ("read_seconds", True), ("viewed_at", False),
    ]  # fmt: skip


# Scores

SCALES = (
    "survey_type,scale_min,scale_max,satisfied_min,promoter_min,detractor_max,is_reversed,words,source\n"
    "csat,0,1,1,,,false,bad=0|good=1|offered=|Not Offered=,test\n"
)
SURVEYS = "survey_id,survey_type,score,scale_min,scale_max,responded_at\n"


def test_a_score_is_a_number_or_a_word_of_the_scales(lander: Lander) -> None:
    configured(lander, survey_scales=SCALES)
    scores = ["4", "4.0", "4.50", " 5 ", "Good", "not_offered", "", "great", "nan"]
    rows = [f"{n},csat,{score},,,2025-01-01\n" for n, score in enumerate(scores)]
    landed = lander.land("survey_responses.csv", SURVEYS + "".join(rows))
    assert lander.rows("select score from survey_responses order by survey_id") == [
        ("4",), ("4",), ("4.5",), ("5",), ("good",), ("not offered",), (None,),
    ]  # fmt: skip
    assert landed.rows_rejected == 2
    assert [row[2] for row in lander.rejects()] == [
        "is neither a number nor a word of seed survey_scales",
        "is not finite",
    ]


def test_a_score_off_the_scale_that_its_row_gives_is_rejected(lander: Lander) -> None:
    rows = ["1,nps,11,0,10", "2,nps,10,0,10", "3,nps,11,,", "4,nps,,0,10", "5,nps,-1,0,10", "6,nps,11,0,"]
    landed = lander.land("survey_responses.csv", SURVEYS + "".join(f"{row},2025-01-01\n" for row in rows))
    assert (landed.rows_loaded, landed.rows_rejected) == (4, 2)
    told = lander.rows("select line, column_name, reason, value from _rejects order by line")
    assert told == [
        (1, "score", "is off its scale: an answer of 11 on 0-10", "an answer of 11 on 0-10"),
        (5, "score", "is off its scale: an answer of -1 on 0-10", "an answer of -1 on 0-10"),
    ]


def test_a_score_may_have_a_decimal_comma(tmp_path: Path) -> None:
    table = contract_of("standard").tables["survey_responses"]
    lander = Lander(tmp_path, Source("shop", "raw_shop", {table.name: table}, Dialect(decimal="comma")))
    lander.land("survey_responses.csv", "survey_id;survey_type;score;responded_at\n1;csat;4,5;2025-01-01\n")
    assert lander.rows("select score from survey_responses") == [("4.5",)]


# Addresses that are nobody's

PATTERNS = "pattern,source\nn/a,t\nNoReply@*,t\n*@localhost,t\n*test.test*,t\n0*,t\n"


@pytest.mark.parametrize(
    ("address", "is_placeholder"),
    [
        ("N/A", True),
        (" noreply@shop.example ", True),
        ("xnoreply@shop.example", False),
        ("root@localhost", True),
        ("root@localhost.example", False),
        ("a@test.test.example", True),
        ("a@testxtest", False),
        ("000", True),
        ("00000000-0000-0000-0000-000000000000", True),
        ("0a", False),
        ("-", False),
        ("mia@example.org", False),
    ],
)
def test_placeholders_are_told_from_addresses(lander: Lander, address: str, is_placeholder: bool) -> None:
    patterns = read_vocabulary(configured(lander, placeholder_identities=PATTERNS)).placeholders
    with duckdb.connect() as connection:
        written = is_placeholder_in_sql("lower(trim(address))", patterns)
        found = connection.execute(f"select {written} from (select ? as address)", [address]).fetchone()
    assert found == (is_placeholder,)


def test_placeholders_are_not_hashed(lander: Lander) -> None:
    lander.hash_key = KEY
    configured(lander, placeholder_identities=PATTERNS)
    rows = ["1,n/a", "2,N/A", "3,noreply@shop.example", "4,Mia@example.org", "5,mia@example.org ", "6,"]
    landed = lander.land("customers.csv", "customer_id,email\n" + "".join(f"{row}\n" for row in rows))
    assert "3 of them are nobody's (seed placeholder_identities), and landed as none" in landed.notes
    hashes = [found for (found,) in lander.rows("select email_hash from customers order by customer_id")]
    assert hashes[:3] + hashes[5:] == [None] * 4
    assert hashes[3] == hashes[4] is not None


def test_nothing_is_a_placeholder_where_no_seed_says_so(lander: Lander) -> None:
    assert is_placeholder_in_sql("x", ()) == "false"
    assert Vocabulary().placeholders == ()
    assert name_key("E \u2013 Mail_2") == "email2"
    assert (PROJECT_ROOT / "seeds").is_dir()
