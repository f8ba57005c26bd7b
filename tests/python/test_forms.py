"""How values are written: every form of a time, day, number, amount or duration is read right, or rejected in words.

What is expected is worked out with Python's datetime and Decimal, not with the forms of the loader.
"""

import random
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cxmart.contract.source_contract import Column, Dialect, Source, Table
from landings import Lander, things

at = datetime.fromisoformat

PAYMENTS = Table(
    "payments",
    (
        Column("payment_id", required=True),
        Column("currency"),
        Column("paid_amount", "decimal(18,4)"),
        Column("unit_price", "double"),
        Column("talk_seconds", "double"),
        Column("worked_minutes", "double"),
        Column("quantity", "decimal(18,4)"),
    ),
    ("payment_id",),
)


@pytest.fixture
def lander(tmp_path: Path) -> Lander:
    return Lander(tmp_path)


def moment(day: date) -> datetime:
    """The midnight at which a day begins."""
    return datetime.fromisoformat(day.isoformat())


def csv_of(header: str, values: list[str]) -> str:
    """A file of numbered rows; every value in quotes."""
    return f"thing_id,{header}\n" + "".join(f'{number},"{value}"\n' for number, value in enumerate(values))


def times(lander: Lander) -> dict[int, datetime]:
    return dict(lander.rows("select cast(thing_id as integer), happened_at from things"))


# Times


def parsed(text: str) -> datetime | None:
    """The UTC time of a text, in the plainest way; None where it is none."""
    text = text.strip(" \t\n\r\f")
    offset = r"[ \t\n\r\f]*(?:(?i:Z|UTC|GMT)|([+-])(\d\d)(?::?(\d\d))?)?"
    found = re.fullmatch(
        rf"(\d{{4}})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?{offset})?", text, re.ASCII
    ) or re.fullmatch(
        rf"(\d{{4}})(\d\d)(\d\d)[Tt](\d\d)(\d\d)(?:(\d\d)(?:[.,](\d+))?)?{offset}", text, re.ASCII
    )  # fmt: skip
    if not found:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    fraction, sign, hours, minutes = found.groups()[6:]
    is_midnight = hour == 24
    if is_midnight and (minute or second or int(fraction or 0)):
        return None
    shift = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
    if int(minutes or 0) > 59 or not timedelta(hours=-12) <= shift <= timedelta(hours=14):
        return None
    try:
        hour = 0 if is_midnight else hour
        written = moment(date(year, month, day)).replace(hour=hour, minute=minute, second=second)
        written += timedelta(microseconds=int((fraction or "")[:6].ljust(6, "0")))
    except ValueError:
        return None
    return written + timedelta(days=is_midnight) - shift


def all_times() -> Iterator[tuple[str, datetime]]:
    """Every form of a time with what it says, put together part by part."""
    days = [
        date(2024, 9, 3),
        date(2000, 2, 29),
        date(1999, 12, 31),
        date(2023, 2, 28),
        date(4, 2, 29),
        date(9998, 4, 30),
    ]
    clocks = [("00:00", 0), ("10:07", 607 * 60), ("23:59", 1439 * 60), ("24:00", 86_400)]
    seconds = ["", ":00", ":09", ":59"]
    fractions = ["", "0", "5", "123", "123456", "123456789", "9999999", "000000999"]
    names = ["", "Z", "z", "UTC", "utc", "GMT", "gmt", "Utc"]
    shifts = {
        form: minutes
        for minutes in (0, 30, 60, 120, 330, 345, 765, 840, -60, -210, -300, -585, -720)
        for sign in (["+", "-"] if minutes == 0 else ["+" if minutes > 0 else "-"])
        for form in (
            f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}",
            f"{sign}{abs(minutes) // 60:02}{abs(minutes) % 60:02}",
            *([f"{sign}{abs(minutes) // 60:02}"] if minutes % 60 == 0 else []),
        )
    }
    offsets = [*((name, 0) for name in names), *shifts.items()]
    for day in days:
        yield day.isoformat(), moment(day)
    for number, (day, (clock, start), second, fraction, (offset, minutes)) in enumerate(
        product(days, clocks, seconds, fractions, offsets)
    ):
        is_next_day = clock == "24:00"
        if (fraction and not second) or (is_next_day and (second not in {"", ":00"} or fraction.strip("0"))):
            continue
        said = moment(day) + timedelta(
            seconds=start + int(second[1:] or 0), microseconds=int(fraction[:6].ljust(6, "0")), minutes=-minutes
        )
        point = f"{'.,'[number % 2]}{fraction}" if fraction else ""
        around, before = ["", " "][number % 7 == 0], ["", " ", "  "][number % 3]
        behind = f"{before}{offset}" if offset else ""
        yield f"{around}{day}{'T t'[number // 2 % 3]}{clock}{second}{point}{behind}{around}", said
        compact = f"{day}{'Tt'[number % 2]}{clock}{second}".replace("-", "").replace(":", "")
        yield f"{compact}{point}{behind}{around}", said


def test_every_form_of_a_time_is_the_right_instant(lander: Lander) -> None:
    written = list(all_times())
    assert len(written) > 20_000
    landed = lander.land("things.csv", csv_of("happened_at", [text for text, _ in written]))
    assert landed.rows_rejected == 0, lander.rejects()[:10]
    found = times(lander)
    wrong = [(text, said, found[number]) for number, (text, said) in enumerate(written) if found[number] != said]
    assert not wrong, wrong[:10]
    assert [text for text, said in written if parsed(text) != said] == []


def test_a_form_with_another_character_is_judged_anew(lander: Lander) -> None:
    """What is nearly in a form of a time is rejected, unless it is in another."""
    rng = random.Random(10)
    forms = [text for text, _ in all_times()]
    texts = []
    for text in rng.sample(forms, 15_000) + ["2026-03-01T10:00:00Z"] * 5_000:
        changed = list(text)
        for _ in range(rng.randrange(1, 3)):
            place = rng.randrange(len(changed))
            if changed[place].isdigit() and rng.randrange(2):
                changed[place] = rng.choice("0123456789")
            else:
                changed[place : place + rng.randrange(2)] = rng.choice("0123456789+-:.,TZtz xeU\t\v")
        texts.append("".join(changed))
    lander.land("things.csv", csv_of("happened_at", texts))
    expected = {number: said for number, text in enumerate(texts) if (said := parsed(text))}
    assert 4_000 < len(expected) < 16_000
    found = times(lander)
    wrong = [
        (texts[number], expected.get(number), found.get(number))
        for number in range(len(texts))
        if expected.get(number) != found.get(number)
    ]
    assert not wrong, wrong[:10]
    assert {reason for _, _, reason, _ in lander.rejects()} == {
        "is no time (write ISO 8601, for example 2026-11-01T09:30:00Z)",
        "is a day that its month does not have",
    }


NO_TIMES = [
    "Sep 3, 2024 10:00:00 AM PDT",
    "2024-09-03 10:00:00 PDT",
    "2024-09-03 10:00:00 Europe/Berlin",
    "2024-09-03T10:00:00 CET",
    "45538.4166666667",
    "1725357600",
    "20240903",
    "09/03/2024 10:00",
    "2024-09-03T10:00:60Z",
    "2024-09-03T24:00:01Z",
    "2024-09-03T24:30Z",
    "2024-09-03T25:00Z",
    "2024-09-03T10:00:00-15:30",
    "2024-09-03T10:00:00-12:30",
    "2024-09-03T10:00:00+14:30",
    "2024-09-03T10:00:00+5",
    "2024-09-03T10:00:00+01:60",
    "2024-09-03T10Z",
    "2024-09-03T",
    "2024-09-03Z",
    "2023-02-29T10:00Z",
    "1900-02-29T10:00Z",
    "2024-04-31",
    "2024-00-10",
    "0000-00-00 00:00:00",
    "0000-02-29",
    "N/A",
    "infinity",
    "epoch",
    "now",
    "today",
]


def test_what_is_no_form_of_a_time_is_rejected(lander: Lander) -> None:
    assert lander.land("things.csv", csv_of("happened_at", NO_TIMES)).rows_loaded == 0, times(lander)
    assert not any(map(parsed, NO_TIMES))


def test_times_of_a_zone_may_be_in_any_form(lander: Lander) -> None:
    lander.source = things(timezone="Asia/Kathmandu", date_order="day_first")
    values = [
        "3.9.2024 9:05",
        "03/09/2024 09:05:00,5",
        "3.9.2024T09:05 +0200",
        "2024-09-03t24:00",
        "20240903T090500z",
        "3-9-2024",
    ]
    assert lander.land("things.csv", csv_of("happened_at", values)).rows_rejected == 0
    assert list(times(lander).values()) == [
        at("2024-09-03T03:20"),
        at("2024-09-03T03:20:00.5"),
        at("2024-09-03T07:05"),
        at("2024-09-03T18:15"),
        at("2024-09-03T09:05"),
        at("2024-09-03"),
    ]
    assert lander.rows("select _date_columns from things order by cast(thing_id as integer)") == [(None,)] * 5 + [
        ("happened_at",)
    ]


# Days given as times


def test_a_day_without_a_time_says_so(lander: Lander) -> None:
    header = "thing_id,happened_at,updated_at,happened_on\n"
    body = (
        "a,2026-03-01,2026-03-01T00:00:00Z,2026-03-01\n"
        "b,2026-03-01T00:00,2026-03-01, 2026-03-01 00:00:00\n"
        "c, 2026-03-01 ,2026-03-02,\n"
        "d,,,2026-03-01\n"
        "e,20260301T000000Z,2026-03-01 00:00,\n"
    )
    for zone in ("UTC", "America/New_York"):
        own = Lander(lander.folder / zone.replace("/", "-"), things(timezone=zone))
        assert own.land("things.csv", header + body).rows_rejected == 0
        assert own.rows("select thing_id, _date_columns from things order by 1") == [
            ("a", "happened_at"),
            ("b", "updated_at"),
            ("c", "happened_at,updated_at"),
            ("d", None),
            ("e", None),
        ]
        # As written, whatever the zone.
        assert own.rows("select happened_at, updated_at from things where thing_id = 'c'") == [
            (at("2026-03-01"), at("2026-03-02"))
        ]
        assert own.rows("select times_moved, times_twice from _loads") == [(0, 0)]


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_a_column_of_dates_in_parquet_or_json_is_one_of_days(lander: Lander, zone: str) -> None:
    lander.source = things(timezone=zone)
    path = lander.folder / "things.parquet"
    duckdb.execute(
        "copy (select 'a' as thing_id, date '2026-03-01' as happened_at, timestamp '2026-03-01' as updated_at "
        f"union all select 'b', null, null) to '{path}'"
    )
    lander.land_path(path)
    lander.land("things.jsonl", '{"thing_id": "c", "happened_at": "2026-03-01", "updated_at": "2026-03-01T00:00:00Z"}')
    assert lander.rows("select happened_at, _date_columns from things order by thing_id") == [
        (at("2026-03-01"), "happened_at"),
        (None, None),
        (at("2026-03-01"), "happened_at"),
    ]


def test_a_day_that_becomes_an_instant_is_another_version(lander: Lander) -> None:
    """They have the same value, and say not the same."""
    header = "thing_id,happened_at\n"
    lander.land("things-1.csv", header + "a,2026-03-01\nb,2026-03-01\n")
    again = lander.land("things-2.csv", header + "a,2026-03-01T00:00:00Z\nb,2026-03-01\n")
    assert (again.rows_loaded, again.rows_duplicate) == (1, 1)
    lander.land("things-3.csv", header + "b,2026-03-01\nc,2026-03-01\nc,2026-03-01T00:00Z\n")
    assert lander.rows("select thing_id, _date_columns from things order by 1") == [
        ("a", None),
        ("b", "happened_at"),
        ("c", None),
    ]


def test_a_table_of_an_older_version_learns_of_days(lander: Lander) -> None:
    lander.land("things-1.csv", "thing_id,happened_at\na,2026-03-01\n")
    with duckdb.connect(str(lander.home / "raw.duckdb")) as raw:
        raw.execute("alter table raw_shop.things drop column _date_columns")
        raw.execute("update raw_shop._loads set contract = 'of an older reader'")
    # The same bytes, and read in another way now.
    assert lander.land("things-1.csv", "thing_id,happened_at\na,2026-03-01\n").rows_loaded == 1
    assert lander.rows("select happened_at, _date_columns from things") == [(at("2026-03-01"), "happened_at")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01", date(2026, 3, 1)),
        ("\t2026-03-01 ", date(2026, 3, 1)),
        ("2026-03-01t00:00:00,000z", date(2026, 3, 1)),
        ("2026-03-01 00:00 +0530", date(2026, 3, 1)),
        ("2026-03-01T24:00", None),
        ("2026-03-01T10:00", None),
        ("2026-02-29", None),
        ("20260301", None),
    ],
)
def test_days_of_columns_of_days(lander: Lander, text: str, expected: date | None) -> None:
    lander.land("things.csv", csv_of("happened_on", [text]))
    assert lander.rows("select happened_on from things") == ([(expected,)] if expected else [])


# Numbers

TWO_READINGS = "has a comma that may stand between thousands (1,234 is 1234) or before decimals (1,234 is 1.234)"
COMMA = "as it has a decimal comma; declare decimal: comma if that is meant"


def payments(lander: Lander, **dialect: Any) -> Lander:
    lander.source = Source("shop", "raw_shop", {"payments": PAYMENTS}, Dialect(**dialect))
    return lander


def read(lander: Lander, column: str, texts: list[str], currencies: list[str] | None = None) -> list[Any]:
    """Land texts in a column: what each is read as, or why it is not."""
    lines = zip(texts, currencies or [""] * len(texts), strict=True)
    body = "".join(f'{number},"{currency}","{text}"\n' for number, (text, currency) in enumerate(lines))
    lander.land("payments.csv", f"payment_id,currency,{column}\n{body}")
    found = dict(lander.rows(f"select cast(payment_id as integer), {column} from payments"))
    # A row without the amount may have landed all the same.
    found |= dict(lander.rows("select line - 1, reason from _rejects"))
    return [found[number] for number in range(len(texts))]


def assert_read(lander: Lander, column: str, cases: dict[str, Any]) -> None:
    """Texts in a column are read as expected; a text is expected in the reason of those that are not read."""
    for (text, expected), found in zip(cases.items(), read(lander, column, list(cases)), strict=True):
        assert expected in found if isinstance(expected, str) else found == expected, (text, found)


AMOUNTS = {
    "1234.50": Decimal("1234.5"),
    "1,234.50": Decimal("1234.5"),
    "-1,234,567.891": Decimal("-1234567.891"),
    "1,234,567": Decimal(1234567),
    "€12.50": Decimal("12.5"),
    "12.50€": Decimal("12.5"),
    "12.50 €": Decimal("12.5"),
    "12.50\u00a0€": Decimal("12.5"),
    "€ -12.50": Decimal("-12.5"),
    "-€12.50": Decimal("-12.5"),
    "EUR 1,234.50": Decimal("1234.5"),
    " 12.50 EUR ": Decimal("12.5"),
    "12.50eur": Decimal("12.5"),
    "$1,234.50": Decimal("1234.5"),
    "US$1,234.50": Decimal("1234.5"),
    "£.5": Decimal("0.5"),
    "1e2": Decimal(100),
    "1,234": TWO_READINGS,
    "€1,234": TWO_READINGS,
    "12,50": COMMA,
    "12,50 €": COMMA,
    "1.234,50": COMMA,
    "0,123": COMMA,
    "1,23,456.00": COMMA,
    "12.50 net": "is no number",
    "12.50 €€": "is no number",
    "€": "is no number",
    "(12.50)": "is no number",
    "12.50%": "is no number",
    "1_000": "is no number",
    "0x10": "is no number",
    "1 234": "is no number",
    "nan": "is no number",
}


def test_amounts(lander: Lander) -> None:
    assert_read(payments(lander), "paid_amount", AMOUNTS)


AMOUNTS_WITH_COMMA = {
    "1.234,50 €": Decimal("1234.5"),
    "€ 1.234": Decimal(1234),
    "12,5 EUR": Decimal("12.5"),
    "-,5": Decimal("-0.5"),
    "1,234.50": "write it as 1.234,50",
    "12.50": "write it as 1.234,50",
}


def test_amounts_with_a_decimal_comma_that_the_source_declares(lander: Lander) -> None:
    assert_read(payments(lander, decimal="comma"), "paid_amount", AMOUNTS_WITH_COMMA)


CURRENCIES = [
    ("12.50 EUR", "EUR", True),
    ("12.50 EUR", " eur ", True),
    ("€12.50", "EUR", True),
    ("12.50 USD", "EUR", False),
    ("€12.50", "USD", False),
    ("$12.50", "USD", True),
    ("$12.50", "CAD", True),
    ("$12.50", "EUR", False),
    ("CA$12.50", "USD", False),
    ("£12.50", "GBP", True),
    ("¥12", "USD", False),
    ("$12.50", "", True),
    ("12.50", "EUR", True),
]


def test_an_amount_in_another_currency_than_its_row_is_rejected(lander: Lander) -> None:
    texts, currencies, are_right = (list(column) for column in zip(*CURRENCIES, strict=True))
    for text, is_right, found in zip(
        texts, are_right, read(payments(lander), "paid_amount", texts, currencies), strict=True
    ):
        is_as_expected = (
            found == Decimal(re.sub("[^0-9.]", "", text)) if is_right else "names another currency" in str(found)
        )
        assert is_as_expected, (text, found)


DURATIONS: dict[str, dict[str, Any]] = {
    "talk_seconds": {
        "289.75": 289.75,
        "60.0": 60,
        "00:03:20": 200,
        " 1:03:20.5 ": 3800.5,
        "1:03:20,5": 3800.5,
        "100:00:00": 360_000,
        "1,234.5": 1234.5,
        "03:20": "can be minutes and seconds, or hours and minutes; write it as h:mm:ss",
        "0:03:60": "is no number",
        "-0:03:20": "is no number",
        "200 s": "is no number",
        "95,5": COMMA,
        "inf": "is not finite",
    },
    "worked_minutes": {
        "455.5": 455.5,
        "00:03:20": 200 / 60,
        "07:35:30": 455.5,
        "7:35": "can be minutes and seconds, or hours and minutes; write it as h:mm:ss",
    },
}


@pytest.mark.parametrize("column", DURATIONS)
def test_durations(lander: Lander, column: str) -> None:
    assert_read(payments(lander), column, DURATIONS[column])


def test_durations_with_a_decimal_comma(lander: Lander) -> None:
    assert_read(payments(lander, decimal="comma"), "talk_seconds", {"95,5": 95.5, "0:01:35,5": 95.5, "1.095": 1095})


def test_other_numbers_have_thousands_and_no_unit(lander: Lander) -> None:
    numbers = {"1,234.5": Decimal("1234.5"), "3 EUR": "is no number", "00:03:20": "is no number"}
    assert_read(payments(lander), "quantity", numbers)


def test_durations_of_parquet(lander: Lander) -> None:
    payments(lander)
    path = lander.folder / "payments.parquet"
    duckdb.execute(
        "copy (select 'a' as payment_id, cast(61.5 as float) as talk_seconds, time '07:35:30' as worked_minutes, "
        f"cast(3 as tinyint) as unit_price) to '{path}'"
    )
    lander.land_path(path)
    assert lander.rows("select talk_seconds, worked_minutes, unit_price from payments") == [(61.5, 455.5, 3.0)]


def test_a_comma_in_json_is_no_matter_of_the_setting(lander: Lander) -> None:
    """Numbers of JSON have a point anyway."""
    payments(lander).land("payments.jsonl", '{"payment_id": "a", "paid_amount": "12,50"}')
    ((_, _, reason, _),) = lander.rejects()
    assert "write a decimal point" in reason


@pytest.mark.parametrize("column", ["share", "amount"])
def test_numbers_against_decimal(lander: Lander, column: str) -> None:
    """Texts of what numbers are made of: what lands is what Decimal says without commas, or has no comma."""
    rng = random.Random(7)
    texts = ["".join(rng.choices("00123456789...,,+-eE_ xn\t", k=rng.randrange(1, 8))) for _ in range(20_000)]
    texts += ["".join(rng.choices("1234567890.", k=rng.randrange(1, 8))) for _ in range(5_000)]
    texts += [f"{rng.randrange(10**9):,}.{rng.randrange(100)}" for _ in range(1_000)]
    lander.land("things.csv", csv_of(column, texts))
    found = dict(lander.rows(f"select cast(thing_id as integer), {column} from things"))
    assert sum(value is not None for value in found.values()) > 5_000
    for number, text in enumerate(texts):
        digits = text.strip(" \t")
        plain = re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", digits)
        grouped = re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?", digits) and ("." in text or text.count(",") > 1)
        if not (plain or grouped):
            assert found.get(number) is None, text
            continue
        exact = Decimal(digits.replace(",", ""))
        if column == "share":
            assert found.get(number) == (float(exact) if abs(float(exact)) != float("inf") else None), text
        elif abs(exact) >= Decimal(10) ** 14:
            assert found.get(number) is None, text
        else:
            # With an exponent, by way of a double.
            error = Decimal("0.00005") + (abs(exact) / 10**14 if "e" in text.lower() else 0)
            assert abs(found[number] - exact) <= error, text
