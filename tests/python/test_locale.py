"""Files as people of other countries write them: sources.yml, what is read by it, and what it may not say."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from conftest import PROJECT_ROOT
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.settings import Settings, read_settings
from cxmart.contract import dialects
from cxmart.contract.source_contract import Column, Dialect, Source, read_source
from cxmart.contract.vocabulary import Vocabulary, read_vocabulary
from cxmart.landing import load_files, type_check
from landings import Lander, contract_of

STANDARD = PROJECT_ROOT / "models" / "staging" / "standard" / "_standard__sources.yml"
GERMAN = "standard:\n  date_order: day_first\n  decimal: comma\n  language: de\n"


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return read_vocabulary(read_settings({}))


def read_as(column: Column, texts: Sequence[str], vocabulary: Vocabulary, **said: Any) -> list[Any]:
    """What texts of a column of a file of delimited text are read as, in UTC; None for what is not read."""
    anew, value = type_check.reading_of(column, Dialect(**said), vocabulary, "c0", "x0")
    source = f"(select c0, {anew} as x0 from (select unnest(?::varchar[]) as c0))"
    with duckdb.connect() as engine:
        engine.execute("set TimeZone = 'UTC'")
        return [row[0] for row in engine.execute(f"select {value} from {source}", [list(texts)]).fetchall()]


# Days


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("de", ["31. Dez. 2026", "31. Dez 26", "31. Dezember 2026", "31.Dez.2026", "31-DEZ-2026", "31 Dez 2026"]),
        ("fr", ["31 déc. 2026", "31-déc.-26", "31-déc-26", "31 décembre 2026", "31 de\u0301cembre 2026"]),
        ("es", ["31-dic-26", "31 dic. 2026", "31 de diciembre de 2026", "31/dic/2026"]),
        ("it", ["31-dic-26", "31 dicembre 2026", "31\u00a0dic\u00a02026"]),
        ("pl", ["31-gru-26", "31 gru 2026", "31 grudnia 2026", "31 GRUDZIEŃ 2026"]),
        ("en", ["31-Dec-26", "31 Dec 2026", "Dec 31, 2026", "December 31, 2026", "Dec. 31 2026"]),
    ],
)
def test_months_in_words_need_their_language(vocabulary: Vocabulary, language: str, written: list[str]) -> None:
    day = Column("seen_on", "date")
    assert {str(read) for read in read_as(day, written, vocabulary, language=language)} == {"2026-12-31"}
    assert set(read_as(day, written, vocabulary)) == {None}
    other = "de" if language == "pl" else "pl"
    assert set(read_as(day, written, vocabulary, language=other)) == {None}


def test_a_month_in_words_may_have_a_time(vocabulary: Vocabulary) -> None:
    time = Column("seen_at", "timestamp")
    written = ["31. Dez 2026 14:05", "31. Dez 2026, 14:05:06", "31. Dez 2026 14:05+01:00", "31. Dezember 2026 9:30"]
    assert [str(read) for read in read_as(time, written, vocabulary, language="de")] == [
        "2026-12-31 14:05:00",
        "2026-12-31 14:05:06",
        "2026-12-31 13:05:00",
        "2026-12-31 09:30:00",
    ]
    # No such day, a month without a year, a year that may be of two centuries, and what is no month.
    for wrong in ("31. Nov 2026", "31. Dez", "1. Dez 45", "31. Dxz 2026", "Dez 2026", "31. Dez 2026 bis 1. Jan 2027"):
        assert read_as(time, [wrong], vocabulary, language="de") == [None], wrong


def test_a_day_of_a_spreadsheet_may_have_its_midnight(vocabulary: Vocabulary) -> None:
    day = Column("seen_on", "date")
    found = read_as(
        day, ["12/31/2026 12:00:00 AM", "12/31/2026 0:00", "12/31/2026"], vocabulary, date_order="month_first"
    )
    assert {str(read) for read in found} == {"2026-12-31"}
    # Noon is no day.
    assert read_as(day, ["12/31/2026 12:00:00 PM"], vocabulary, date_order="month_first") == [None]


# Numbers

AMOUNT = Column("total_amount", "decimal(18,4)")
WHOLE = Column("pieces", "integer")


@pytest.mark.parametrize(
    ("said", "written", "amount"),
    [
        ({"decimal": "comma"}, "1.234,50", "1234.5"),
        ({"decimal": "comma"}, "1 234,50", "1234.5"),
        ({"decimal": "comma"}, "1\u00a0234\u00a0567,50", "1234567.5"),
        ({"decimal": "comma"}, "1\u202f234,50", "1234.5"),
        ({"decimal": "comma"}, "1'234,50", "1234.5"),
        ({"decimal": "comma"}, "1.234,50 €", "1234.5"),
        ({"decimal": "comma"}, "1.234,50\u00a0€", "1234.5"),
        ({"decimal": "comma"}, "€ 1.234,50", "1234.5"),
        ({"decimal": "comma"}, "-€ 1.234,50", "-1234.5"),
        ({"decimal": "comma"}, "1\u00a0234,50 zł", "1234.5"),
        ({"decimal": "comma"}, "1 234,50 PLN", "1234.5"),
        ({"decimal": "comma"}, "EUR 12,5", "12.5"),
        ({"decimal": "comma"}, "12,5", "12.5"),
        # Points beside a decimal comma stand between thousands, or the number is of another kind.
        ({"decimal": "comma"}, "0.500", None),
        ({"decimal": "comma"}, "12.50", None),
        ({"decimal": "comma"}, "1.234 567,5", None),
        ({"decimal": "comma"}, "1 23,5", None),
        ({"decimal": "comma", "thousands": "blank"}, "1.234,50", None),
        ({"decimal": "comma", "thousands": "point"}, "1 234,50", None),
        ({"thousands": "apostrophe"}, "1'234.50", "1234.5"),
        ({"thousands": "apostrophe"}, "CHF 1\u2019234\u2019567.50", "1234567.5"),
        ({"thousands": "apostrophe"}, "Fr. 1'234.50", "1234.5"),
        ({"thousands": "apostrophe"}, "1,234.50", None),
        ({"thousands": "blank"}, "1 234.50", "1234.5"),
        ({"thousands": "comma"}, "1,234", "1234"),
        ({"thousands": "comma"}, "$1,234.50", "1234.5"),
        ({"thousands": "comma"}, "$1,234", "1234"),
        ({"thousands": "comma"}, "12,50", None),
        ({}, "1,234", None),
        ({}, "1 234.50", None),
        ({}, "1,234.50", "1234.5"),
        ({}, "KRW 1234", "1234"),
        ({}, "12.50 kr", "12.5"),
        ({}, "12.50 zł", "12.5"),
    ],
)
def test_numbers_as_people_write_them(
    vocabulary: Vocabulary, said: dict[str, str], written: str, amount: str | None
) -> None:
    assert read_as(AMOUNT, [written], vocabulary, **said) == [Decimal(amount) if amount else None]


def test_whole_numbers_have_thousands_too(vocabulary: Vocabulary) -> None:
    assert read_as(WHOLE, ["1.234", "1.234,00", "1 234", "12,5"], vocabulary, decimal="comma") == [
        1234,
        1234,
        1234,
        None,
    ]
    assert read_as(WHOLE, ["1,234", "1,234.0", "1234"], vocabulary, thousands="comma") == [1234, 1234, 1234]
    assert read_as(WHOLE, ["1,234", "1234"], vocabulary) == [None, 1234]


@pytest.mark.parametrize("amount", ["12.50 zł", "12.50 PLN", "12.50"])
def test_an_amount_names_the_currency_of_its_row(tmp_path: Path, amount: str) -> None:
    lander = Lander(tmp_path, contract_of("standard"))
    lander.land("orders.csv", f"order_id,marketplace,ordered_at,currency,total_amount\na,web,2026-01-01,PLN,{amount}\n")
    assert lander.rows("select total_amount from orders") == [(Decimal("12.5"),)]
    landed = lander.land(
        "orders-2.csv", "order_id,marketplace,ordered_at,currency,total_amount\nb,web,2026-01-01,EUR,1 zł\n"
    )
    assert landed.values_rejected == 1


# Words


@pytest.mark.parametrize(
    ("language", "true", "false"),
    [
        ("de", ["ja", "Ja", "WAHR", "true", "1"], ["nein", "FALSCH", "false", "0"]),
        ("en", ["yes", "TRUE", "Y"], ["no", "FALSE"]),
        ("fr", ["oui", "VRAI"], ["non", "FAUX"]),
        ("es", ["sí", "Si", "VERDADERO"], ["no", "FALSO"]),
        ("it", ["sì", "si", "VERO"], ["no", "FALSO"]),
        ("pl", ["tak", "PRAWDA"], ["nie", "FAŁSZ"]),
    ],
)
def test_flags_in_words(vocabulary: Vocabulary, language: str, true: list[str], false: list[str]) -> None:
    flag = Column("is_good", "boolean")
    assert read_as(flag, true, vocabulary, language=language) == [True] * len(true)
    assert read_as(flag, false, vocabulary, language=language) == [False] * len(false)
    assert read_as(flag, ["vielleicht"], vocabulary, language=language) == [None]
    if language not in ("en", "es"):
        assert read_as(flag, [true[0], false[0]], vocabulary) != [True, False]


def test_words_of_lists_in_a_language(vocabulary: Vocabulary) -> None:
    author = Column("author_type", accepted_values=("customer", "agent", "automation", "system"), kind="author")
    assert read_as(author, ["Kundin", "Bearbeiter", "agent", "End-User"], vocabulary, language="de") == [
        "customer",
        "agent",
        "agent",
        "customer",
    ]
    assert read_as(author, ["Kundin"], vocabulary) == [None]
    status = Column("status", kind="ticket_status")
    # A word that nobody knows, or of another language, lands as it is: what it means is found out later.
    assert read_as(status, ["Gelöst", "in  Bearbeitung", "offen", "abierto"], vocabulary, language="de") == [
        "solved",
        "open",
        "open",
        "abierto",
    ]
    assert read_as(status, ["Gelöst"], vocabulary) == ["Gelöst"]
    score = Column("score", is_score=True)
    assert read_as(score, ["gut", "good", "4,5", "sehr zufrieden"], vocabulary, language="de", decimal="comma") == [
        "good",
        "good",
        "4.5",
        "very satisfied",
    ]


def test_a_brands_own_alias_is_right_before_a_word(vocabulary: Vocabulary) -> None:
    own = replace(vocabulary, aliases={"ticket_status": {"offen": "on_hold"}, "author": {"kunde": "agent"}})
    status = Column("status", kind="ticket_status")
    # The models know the alias, and the word as it was written must reach them.
    assert read_as(status, ["offen", "neu"], own, language="de") == ["offen", "new"]
    author = Column("author_type", accepted_values=("customer", "agent"), kind="author")
    assert read_as(author, ["Kunde"], own, language="de") == ["agent"]


def test_every_word_has_a_language_and_a_kind_that_is_read(vocabulary: Vocabulary) -> None:
    """A kind that no column has would be a row of the seed that nothing reads."""
    kinds = {column.kind for table in contract_of("standard").tables.values() for column in table.columns}
    for language, of_kinds in vocabulary.words.items():
        assert of_kinds.keys() - kinds == {"boolean", "month", "score"} - ({"score"} if language == "en" else set())
        assert set(of_kinds["month"].values()) == {str(month) for month in range(1, 13)}
        assert set(vocabulary.scores_of(language).values()) <= set(vocabulary.score_words)


def test_values_of_an_event_are_words_only_where_they_are_statuses(tmp_path: Path) -> None:
    lander = Lander(tmp_path, contract_of("standard"), environment=configured(tmp_path, GERMAN))
    landed = lander.land(
        "ticket_events.csv",
        "event_id;ticket_id;event_type;old_value;new_value;occurred_at\n"
        "1;t;Statusänderung;neu;offen;31.12.2026 9:05\n"
        "2;t;zugewiesen;neu;offen;31.12.2026 9:06\n"
        "3;t;status_changed;offen;Gelöst;31.12.2026 9:07\n",
    )
    assert landed.rows_rejected == 0
    assert lander.rows("select event_type, old_value, new_value from ticket_events order by event_id") == [
        ("status_changed", "new", "open"),
        # Ids of agents.
        ("assigned", "neu", "offen"),
        ("status_changed", "open", "solved"),
    ]


# Whatever is written


TIMES = st.datetimes(datetime.fromisoformat("1970-01-01"), datetime.fromisoformat("2029-12-31")).map(
    lambda time: time.replace(microsecond=0)
)
# How a day and a time may stand there in either order; `d` and `m` are the day and the month.
DAYS = [
    "{d:02}.{m:02}.{y}",
    "{d}/{m}/{y}",
    "{d}-{m:02}-{y}",
    "{d}. {m}. {y}",
    "{d}.{m}.{yy:02}",
    "{d:02}/{m:02}/{yy:02}",
]
CLOCKS = ["{H:02}:{M:02}:{S:02}", "{H}:{M:02}:{S:02}", "{h}:{M:02}:{S:02} {p}M", "{h:02}:{M:02}:{S:02}\u202f{p}M"]


def written(time: datetime, day: str, clock: str, *, is_month_first: bool) -> str:
    first, second = (time.month, time.day) if is_month_first else (time.day, time.month)
    return f"{day} {clock}".format(
        d=first,
        m=second,
        y=time.year,
        yy=time.year % 100,
        H=time.hour,
        h=time.hour % 12 or 12,
        p="P" if time.hour >= 12 else "A",
        M=time.minute,
        S=time.second,
    )


@hypothesis_settings(max_examples=30, deadline=None)
@given(times=st.lists(TIMES, min_size=20, max_size=20), data=st.data())
def test_a_time_in_any_usual_form_is_read_as_itself(times: list[datetime], data: st.DataObject) -> None:
    """Or not at all, where two digits of a year may be in two centuries."""
    vocabulary = Vocabulary()
    column = Column("seen_at", "timestamp")
    for is_month_first in (False, True):
        texts = [
            written(
                time,
                data.draw(st.sampled_from(DAYS)),
                data.draw(st.sampled_from(CLOCKS)),
                is_month_first=is_month_first,
            )
            for time in times
        ]
        found = read_as(column, texts, vocabulary, date_order="month_first" if is_month_first else "day_first")
        for time, text, value in zip(times, texts, found, strict=True):
            assert value == time, text
        # Nothing is read where no order is told.
        assert set(read_as(column, texts, vocabulary)) == {None}


@hypothesis_settings(max_examples=30, deadline=None)
@given(
    amounts=st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=20, max_size=20),
    style=st.sampled_from([("comma", "point"), ("comma", "blank"), ("comma", "apostrophe"), ("point", "comma"),
                           ("point", "blank"), ("point", "apostrophe"), ("comma", None)]),
    sign=st.sampled_from(["{}", "{} €", "€ {}", "{}\u00a0zł", "CHF {}"]),
)  # fmt: skip
def test_an_amount_in_any_usual_form_is_read_as_itself(
    amounts: list[Decimal], style: tuple[str, str | None], sign: str
) -> None:
    """By the setting that says how it is written, and by no other in a way that differs."""
    decimal, thousands = style
    marks = {"point": ".", "comma": ",", "blank": "\u00a0", "apostrophe": "'", None: ""}
    texts = [
        sign.format(f"{amount:,.2f}".translate({ord(","): marks[thousands], ord("."): marks[decimal]}))
        for amount in amounts
    ]
    vocabulary = Vocabulary()
    said = {"decimal": decimal} | ({"thousands": thousands} if thousands else {})
    assert read_as(AMOUNT, texts, vocabulary, **said) == amounts, texts
    for other in ({"decimal": "comma"}, {"thousands": "comma"}, {"thousands": "blank"}, {}):
        for amount, text, value in zip(amounts, texts, read_as(AMOUNT, texts, vocabulary, **other), strict=True):
            assert value in (amount, None), text


# The file of a brand


def configured(folder: Path, text: str) -> dict[str, str]:
    """The environment with a configuration folder that says how files are written."""
    config = folder / "our config"
    config.mkdir(exist_ok=True)
    (config / dialects.FILE_NAME).write_text(text, encoding="utf-8")
    return {"CXMART_CONFIG": str(config)}


TICKETS = (
    "ticket_id;channel;created_at;status;is_spam\n"
    "a;Telefon;31.12.2026 14:05;Gelöst;nein\n"
    "b;E-Mail;1.2.2027 9:05;offen;JA\n"
)


def test_one_file_of_settings_lets_a_rejected_file_land(tmp_path: Path) -> None:
    lander = Lander(tmp_path, contract_of("standard"))
    assert lander.land("tickets.csv", TICKETS).rows_rejected == 2
    lander.environment = configured(tmp_path, GERMAN)
    # The same bytes: what is said of them has changed.
    landed = lander.land("tickets.csv", TICKETS)
    assert (landed.is_new, landed.rows_loaded, landed.rejects_cleared) == (True, 2, 2)
    assert lander.rows("select channel, created_at::varchar, status, is_spam from tickets order by ticket_id") == [
        ("phone", "2026-12-31 14:05:00", "solved", False),
        ("E-Mail", "2027-02-01 09:05:00", "open", True),
    ]
    assert not lander.land("tickets.csv", TICKETS).is_new
    lander.environment = configured(tmp_path, GERMAN + "  timezone: Europe/Berlin\n")
    assert lander.land("tickets.csv", TICKETS).is_new
    assert lander.rows("select created_at::varchar from tickets where ticket_id = 'a'") == [("2026-12-31 13:05:00",)]


def test_the_same_rows_read_in_another_way_are_no_older_versions(tmp_path: Path) -> None:
    """By a zone east of UTC each `updated_at` is earlier than it was taken for, and `created_at` another one."""
    lander = Lander(tmp_path, contract_of("standard"))
    text = "ticket_id,channel,created_at,updated_at\na,email,2026-01-05 10:00,2026-01-06 10:00\n"
    lander.land("tickets.csv", text)
    lander.environment = configured(tmp_path, "standard: {timezone: Europe/Berlin}\n")
    landed = lander.land("tickets.csv", text)
    assert (landed.rows_loaded, landed.rows_stale, landed.rows_undated_change, landed.conflict) == (1, 0, 0, "")
    assert lander.rows("select hour(created_at), hour(updated_at) from tickets") == [(9, 9)]
    # An older version from another file is one still.
    older = lander.land("tickets-2.csv", text.replace("2026-01-06", "2026-01-04"))
    assert (older.rows_loaded, older.rows_stale) == (0, 1)


ROWS = "ticket_id,channel,created_at,updated_at\na,email,2026-01-05 10:00,2026-01-06 10:00\n"


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_a_new_export_under_another_zone_takes_the_place_of_the_rows_read_before(tmp_path: Path, zone: str) -> None:
    """East of UTC each time is earlier than it was taken for, west of it later: neither makes a version."""
    lander = Lander(tmp_path, contract_of("standard"))
    lander.land("tickets.csv", ROWS)
    lander.environment = configured(tmp_path, f"standard: {{timezone: {zone}}}\n")
    landed = lander.land("tickets-2.csv", ROWS + "b,email,2026-01-05 11:00,2026-01-06 11:00\n")
    assert (landed.rows_loaded, landed.rows_stale, landed.rows_reread) == (2, 0, 1)
    assert (landed.rows_undated_change, landed.rows_conflicting, landed.conflict) == (0, 0, "")
    hours = (9, 9) if zone == "Europe/Berlin" else (15, 15)
    assert lander.rows("select hour(created_at), hour(updated_at) from tickets where ticket_id = 'a'") == [hours]
    # What is older by the clocks of the files is older still, and what is newer is newer.
    lander.environment = configured(tmp_path, "standard: {timezone: UTC}\n")
    older = lander.land("tickets-3.csv", ROWS.replace("2026-01-06 10:00", "2026-01-06 09:59"))
    assert (older.rows_loaded, older.rows_stale, older.rows_reread) == (0, 1, 0)
    newer = lander.land("tickets-4.csv", ROWS.replace("2026-01-06 10:00", "2026-01-06 10:01"))
    assert (newer.rows_loaded, newer.rows_stale, newer.rows_reread) == (1, 0, 1)


def test_the_first_of_two_hours_is_no_older_version(tmp_path: Path) -> None:
    lander = Lander(tmp_path, contract_of("standard"))
    text = ROWS.replace("2026-01-06 10:00", "2026-10-25 02:30")
    lander.land("tickets.csv", text)
    lander.environment = configured(tmp_path, "standard: {timezone: Europe/Berlin}\n")
    assert lander.land("tickets-2.csv", f"{text}\n").rows_reread == 1
    assert lander.rows("select updated_at::varchar from tickets") == [("2026-10-25 00:30:00",)]


def test_times_with_an_offset_are_the_same_in_any_zone(tmp_path: Path) -> None:
    lander = Lander(tmp_path, contract_of("standard"))
    text = ROWS.replace(":00,", ":00Z,").replace(":00\n", ":00Z\n")
    assert lander.land("tickets.csv", text).local_time is None
    lander.environment = configured(tmp_path, "standard: {timezone: America/New_York}\n")
    landed = lander.land("tickets-2.csv", text.replace("2026-01-06 10", "2026-01-06 08"))
    assert (landed.rows_stale, landed.rows_reread) == (1, 0)


def test_files_that_are_rightly_of_two_zones_keep_their_versions(tmp_path: Path) -> None:
    text = "standard: {timezone: Europe/Berlin, files: {'*us*': {timezone: America/New_York}}}\n"
    lander = Lander(tmp_path, contract_of("standard"), environment=configured(tmp_path, text))
    lander.land("tickets-us.csv", ROWS)
    # 11:00 in Berlin is earlier than 10:00 in New York.
    landed = lander.land("tickets-eu.csv", ROWS.replace("2026-01-06 10:00", "2026-01-06 11:00"))
    assert (landed.rows_stale, landed.rows_reread) == (1, 0)


def test_days_that_were_read_in_another_order_make_no_newer_version(tmp_path: Path) -> None:
    lander = Lander(tmp_path, contract_of("standard"))
    lander.environment = configured(tmp_path, "standard: {date_order: month_first}\n")
    text = ROWS.replace("2026-01-05", "05/01/2026").replace("2026-01-06", "06/01/2026")
    lander.land("tickets.csv", text)
    lander.environment = configured(tmp_path, "standard: {date_order: day_first}\n")
    landed = lander.land("tickets-2.csv", f"{text}\n")
    assert (landed.rows_loaded, landed.rows_stale, landed.rows_undated_change, landed.conflict) == (1, 0, 0, "")
    assert lander.rows("select month(created_at), month(updated_at) from tickets") == [(1, 1)]


def test_a_key_that_was_read_in_another_way_does_not_stay_beside_the_right_one(tmp_path: Path) -> None:
    lander = Lander(tmp_path, contract_of("standard"))
    lander.environment = configured(tmp_path, "standard: {date_order: month_first}\n")
    text = "currency,rate_date,rate\nUSD,03/04/2026,2\nUSD,04/03/2026,3\n"
    lander.land("exchange_rates.csv", text)
    lander.environment = configured(tmp_path, "standard: {date_order: day_first}\n")
    landed = lander.land("exchange_rates.csv", text)
    assert landed.rows_read == landed.rows_loaded + landed.rows_duplicate
    assert lander.rows("select rate_date::varchar, rate::integer from exchange_rates order by 1") == [
        ("2026-03-04", 3),
        ("2026-04-03", 2),
    ]
    text = text.replace("03/04", "03/05").replace("04/03", "04/05")
    lander.environment = configured(tmp_path, "standard: {date_order: month_first}\n")
    lander.land("exchange_rates-2.csv", text)
    lander.environment = configured(tmp_path, "standard: {date_order: day_first}\n")
    lander.land("exchange_rates-2.csv", text)
    assert lander.rows("select distinct month(rate_date) from exchange_rates where rate_date >= '2026-04-30'") == [(5,)]


def test_numbers_that_were_read_in_another_way_are_no_undated_change(tmp_path: Path) -> None:
    lander = Lander(tmp_path, contract_of("standard"))
    text = "order_id;marketplace;ordered_at;currency;total_amount\na;web;2026-01-01;EUR;1.234\n"
    lander.land("orders.csv", text)
    lander.environment = configured(tmp_path, "standard: {decimal: comma}\n")
    landed = lander.land("orders-2.csv", f"{text}\n")
    assert (landed.rows_loaded, landed.rows_reread, landed.rows_undated_change) == (1, 1, 0)
    assert lander.rows("select total_amount::integer from orders") == [(1234,)]


def test_a_file_may_be_written_in_another_way(tmp_path: Path) -> None:
    text = GERMAN + '  files:\n    "orders*": {decimal: point}\n    "orders-us*": {date_order: month_first}\n'
    settings = read_settings(configured(tmp_path, text))
    source = contract_of("standard")

    def dialect(name: str) -> Dialect:
        return dialects.of_file(source, tmp_path / name, settings).dialect

    assert dialect("tickets.csv") == Dialect(date_order="day_first", decimal="comma", language="de")
    assert dialect("Orders-2026.csv") == Dialect(date_order="day_first", decimal="point", language="de")
    assert dialect("orders-us-1.csv") == Dialect(date_order="month_first", decimal="point", language="de")
    assert (
        dialects.of_file(replace(source, name="online_retail"), tmp_path / "orders.csv", settings).dialect == Dialect()
    )


def test_what_the_yaml_of_a_source_says_holds_where_the_file_says_nothing(tmp_path: Path) -> None:
    source = Source("standard", "raw_standard", {}, Dialect("Europe/Berlin", "day_first", null_marks=("?",)))
    settings = read_settings(configured(tmp_path, "standard: {date_order: month_first, decimal:}\n"))
    found = dialects.of_file(source, tmp_path / "x.csv", settings).dialect
    assert found == Dialect("Europe/Berlin", "month_first", null_marks=("?",))


def test_without_settings_nothing_is_read_in_another_way(tmp_path: Path) -> None:
    source = contract_of("standard")
    assert dialects.of_file(source, tmp_path / "x.csv", read_settings({})) is source
    for nothing in ("", "# no settings yet\n", "standard:\n"):
        assert dialects.of_file(source, tmp_path / "x.csv", read_settings(configured(tmp_path, nothing))) is source


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("standrd:\n  decimal: comma\n", "standrd is no source; did you mean standard? Sources are online_retail"),
        ("- standard\n", "what stands there are no sources, each with its settings"),
        ("standard: day_first\n", "standard: what stands there are no settings (date_order"),
        (
            "standard:\n  date_ordr: day_first\n",
            "standard: date_ordr is no setting; did you mean date_order? There are",
        ),
        (
            "standard:\n  date_order: dmy\n",
            "standard: date_order is 'dmy'; it can be year_first, day_first, month_first",
        ),
        ("standard:\n  language: no\n", "standard: language is 'false'; it can be de, en, es, fr, it, pl"),
        (
            "standard:\n  files:\n    'o*': {decimal: dot}\n",
            "standard: files: o*: decimal is 'dot'; it can be point, comma",
        ),
        ("standard:\n  files:\n    'o*': {files: {}}\n", "standard: files: o*: files can't stand within files"),
        ("standard:\n  files: ['o*']\n", "standard: files: what stands there are no patterns of file names"),
        (
            "standard:\n  decimal: comma\n  decimal: point\n",
            "sources.yml, line 3 is no YAML: decimal stands there twice",
        ),
        ("standard: {\n", "is no YAML"),
        ("standard: {decimal: comma, thousands: comma}\n", "standard: thousands and decimal are both comma"),
        ("standard: {thousands: point}\n", "standard: thousands and decimal are both point"),
    ],
)
def test_a_setting_that_can_not_be_is_named(tmp_path: Path, text: str, message: str) -> None:
    settings = read_settings(configured(tmp_path, text))
    with pytest.raises(CxmartError) as raised:
        dialects.check(settings)
    assert message in str(raised.value)
    assert str(dialects.settings_file(settings)) in str(raised.value)
    assert raised.value.exit_code is ExitCode.USAGE


def test_all_that_can_not_be_is_said_at_once(tmp_path: Path) -> None:
    text = (
        "standrd: {decimal: comma}\n"
        "standard:\n  date_order: dmy\n  decimal: dot\n  zone: x\n  timezone: Europe/Berln\n  thousands: point\n"
        "  files:\n    'o*': {decimal: komma, files: {}}\n    'p*': 3\n    'q*': {decimal: comma, thousands: comma}\n"
    )
    settings = read_settings(configured(tmp_path, text))
    with pytest.raises(CxmartError) as raised:
        dialects.check(settings)
    first, *others = str(raised.value).splitlines()
    assert first == f"{dialects.settings_file(settings)}: 10 things can't be right:"
    expected = (
        "standrd is no source",
        "standard: date_order is 'dmy'",
        "standard: decimal is 'dot'",
        "standard: zone is no setting",
        "standard: timezone is 'Europe/Berln', which is no time zone; did you mean Europe/Berlin",
        "standard: thousands and decimal are both point",
        "standard: files: o*: files can't stand within files",
        "standard: files: o*: decimal is 'komma'",
        "standard: files: p*: what stands there are no settings",
        "standard: files: q*: thousands and decimal are both comma",
    )
    for one in expected:
        assert any(line.startswith(f"  {one}") for line in others), one


def test_a_load_with_wrong_settings_lands_nothing(tmp_path: Path) -> None:
    lander = Lander(tmp_path, contract_of("standard"), environment=configured(tmp_path, "standard: {decimal: dot}\n"))
    path = lander.write("tickets.csv", TICKETS)
    with pytest.raises(CxmartError, match="decimal is 'dot'"):
        load_files.load(lander.settings, lander.source, [str(path)])
    assert not lander.settings.raw_file.exists()


def test_the_currency_of_rows_that_name_none(tmp_path: Path) -> None:
    said = configured(tmp_path, "standard:\n  currency: PLN\n")
    lander = Lander(tmp_path, contract_of("standard"), environment=said)
    lander.land("orders.csv", "order_id,marketplace,ordered_at,total_amount\na,web,2026-01-01,12.50 zł\n")
    landed = lander.land(
        "orders-2.csv",
        "order_id,marketplace,ordered_at,currency,total_amount\n"
        "b,web,2026-01-01,,12.50\nc,web,2026-01-01,EUR,1\nd,web,2026-01-01,,1 €\n",
    )
    assert landed.values_rejected == 1
    assert lander.rows("select order_id, currency, total_amount from orders order by 1") == [
        ("a", "PLN", Decimal("12.5")),
        ("b", "PLN", Decimal("12.5")),
        ("c", "EUR", Decimal(1)),
        ("d", "PLN", None),
    ]
    # In rates it is the key: whose rate it is can't be said for all of them.
    assert lander.land("exchange_rates.csv", "currency,rate_date,rate\n,2026-01-01,4\n").rows_rejected == 1


def test_the_shipped_sources_say_what_they_said(tmp_path: Path) -> None:
    assert read_source(PROJECT_ROOT, "standard").dialect == Dialect()
    assert isinstance(read_settings({}), Settings)


@pytest.mark.parametrize(
    ("setting", "text", "reason"),
    [
        ("", "2026-02-29", "is a day that its month does not have"),
        ("", "2026-04-31T10:00:00Z", "is a day that its month does not have"),
        ("day_first", "31.04.2026 09:30", "is a day that its month does not have"),
        ("month_first", "02/30/2026", "is a day that its month does not have"),
        ("day_first", "10/18/2026 9:05 AM", "has the month first, in a file that is read day first"),
        ("month_first", "18/10/2026", "has the day first, in a file that is read month first"),
        ("day_first", "46313,38", "is a number by which a spreadsheet keeps a day"),
        ("", "46313", "is a number by which a spreadsheet keeps a day"),
        # Neither of these is one of those.
        ("day_first", "18.10.2026 29:00", "is no time"),
        ("day_first", "18.13.2026", "is no time"),
        ("", "31.04.2026", "is no time"),
        ("", "123", "is no time"),
    ],
)
def test_why_a_text_is_no_time(tmp_path: Path, setting: str, text: str, reason: str) -> None:
    config = tmp_path / "brand"
    config.mkdir()
    (config / dialects.FILE_NAME).write_text(f"standard:\n  date_order: {setting}\n" if setting else "")
    settings = read_settings({"CXMART_HOME": str(tmp_path / "home"), "CXMART_CONFIG": str(config)})
    file = tmp_path / "tickets.csv"
    file.write_text(f'ticket_id,created_at,channel\nT1,"{text}",email\nT2,2026-10-18T09:30:00Z,email\n')
    (landed,), errors = load_files.load(settings, contract_of("standard"), [str(file)])
    assert errors == [] and landed.rows_rejected == 1
    with duckdb.connect(str(settings.raw_file), read_only=True) as raw:
        ((told,),) = raw.execute("select reason from raw_standard._rejects").fetchall()
    assert told.startswith(reason)
