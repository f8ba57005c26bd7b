"""How times, dates and numbers may be written, and the SQL that reads them.

Each form is a regular expression of the engine, and takes nothing but what is sure to be a value: 2026-02-30 is in no
form. So no cast fails, and none is asked what it makes of a text. The engine's own casts take more than is safe: a date
with anything behind it, 1.5 as 2, abbreviations of zones; and for a blank before an offset they look through all zones
that there are, which takes a millisecond a row.
"""

import re
from collections.abc import Mapping, Sequence

from cxmart.base.database import literal

# Times

_YEAR = r"(?:[1-9]\d{3}|0(?:[1-9]\d\d|0(?:[1-9]\d|0[1-9])))"
_LEAP_YEAR = r"(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"


def _day(dash: str) -> str:
    """Write the form of a day that there is, from year 1 to year 9999."""
    long = rf"(?:0[13578]|1[02]){dash}(?:0[1-9]|[12]\d|3[01])"
    short = rf"(?:0[469]|11){dash}(?:0[1-9]|[12]\d|30)"
    february = rf"02{dash}(?:0[1-9]|1\d|2[0-8])"
    return rf"(?:{_YEAR}{dash}(?:{long}|{short}|{february})|{_LEAP_YEAR}{dash}02{dash}29)"


_HOUR = r"(?:[01]\d|2[0-3])"
_SIXTY = r"[0-5]\d"
# There are offsets from -12:00 to +14:00.
_SHIFT = rf"(?:\+(?:0\d|1[0-3])(?::?{_SIXTY})?|\+14(?::?00)?|-(?:0\d|1[01])(?::?{_SIXTY})?|-12(?::?00)?)"
_OFFSET = rf"(?:(?i:Z|UTC|GMT)|{_SHIFT})"
_CLOCK = rf"(?:{_HOUR}:{_SIXTY}(?::{_SIXTY}(?:[.,]\d+)?)?|24:00(?::00(?:[.,]0+)?)?)"
_COMPACT_CLOCK = rf"(?:{_HOUR}{_SIXTY}(?:{_SIXTY}(?:[.,]\d+)?)?|2400(?:00(?:[.,]0+)?)?)"
_DAY = _day("-")

TIMESTAMP_FORM = rf"\s*(?:{_DAY}(?:[Tt ]{_CLOCK}\s*{_OFFSET}?)?|{_day('')}[Tt]{_COMPACT_CLOCK}\s*{_OFFSET}?)\s*"
DATE_FORM = rf"\s*{_DAY}(?:[Tt ]00:00(?::00(?:[.,]0+)?)?\s*{_OFFSET}?)?\s*"
# Of these the engine's own cast makes what they say.
_QUICK_FORM = rf"{_DAY}(?:[T ]{_HOUR}:{_SIXTY}(?::{_SIXTY}(?:\.\d+)?(?:Z|{_SHIFT})?)?)?"
# Of these too, once seconds are added.
_SHORT_FORM = rf"{_DAY}[T ]{_HOUR}:{_SIXTY}(?:Z|{_SHIFT})"
# Most exports write times so; a cast is enough then, and five times as fast as a look at the form.
_COMMON = "2___-__-__T__:__:__Z"
# The parts of a text that is in the form of a time.
_PARTS = (
    r"^\s*(\d{4})-?(\d\d)-?(\d\d)(?:[Tt ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?"
    r"\s*(?:[A-Za-z]+|([+-]\d\d):?(\d\d)?)?)?\s*$"
)
_PART_NAMES = "['y', 'm', 'd', 'h', 'n', 's', 'f', 'zh', 'zn']"
# The end of a time with an offset, and of a day without a time: neither is a time on the clocks of its source.
_NOT_LOCAL = r"(?i:Z|UTC|GMT|\d\s*[+-]\d\d(?::?\d\d)?)\s*$"

MICROSECONDS_OF_A_DAY = 86_400_000_000


def time(text: str) -> str:
    """Write the UTC time of a text, which is in UTC where it has no offset; null where it is in no form of a time.

    Digits behind the sixth of a second are cut off; 24:00 is the next midnight.
    """
    # The cast passes over blanks before the hour.
    has_hour = " or ".join(f"contains({text}, 'T{digit}')" for digit in (1, 0, 2))
    is_common = f"{text} like {literal(_COMMON)} and not contains({text}, ' ') and not contains({text}, '.')"
    with_seconds = f"left({text}, 16) || ':00' || substring({text}, 17)"
    cases = [
        (f"{is_common} and ({has_hour})", f"try_cast({text} as timestamp)"),
        (matches(text, _QUICK_FORM), _as_utc(text)),
        (matches(text, _SHORT_FORM), _as_utc(with_seconds)),
        (matches(text, TIMESTAMP_FORM), _time_of_parts(text)),
    ]
    return f"case {' '.join(f'when {is_so} then {value}' for is_so, value in cases)} end"


def _as_utc(text: str) -> str:
    # The session is in UTC. To cast a time with a zone to one without takes four times as long.
    return f"make_timestamp(epoch_us(try_cast({text} as timestamptz)))"


def _time_of_parts(text: str) -> str:
    """Write the time of a text in any form of a time, from its parts; those that it lacks are empty, and 0."""
    day = "epoch_us(try_cast(w.y || '-' || w.m || '-' || w.d as date))"
    minutes = f"{_whole('w.h')} * 60 + {_whole('w.n')}"
    shift = f"{_whole('w.zh[2:]')} * 60 + {_whole('w.zn')}"
    sign = "case when starts_with(w.zh, '-') then -1 else 1 end"
    seconds = f"(({minutes}) - {sign} * ({shift})) * 60 + {_whole('w.s')}"
    fraction = _whole("rpad(left(w.f, 6), 6, '0')")
    microseconds = f"{day} + ({seconds}) * 1000000 + {fraction}"
    parts = f"regexp_extract({text}, {literal(_PARTS)}, {_PART_NAMES})"
    # A list of one, so that the text is taken apart once.
    return f"list_transform([{parts}], lambda w: make_timestamp({microseconds}))[1]"


def _whole(digits: str) -> str:
    return f"try_cast('0' || {digits} as bigint)"


def is_not_local(text: str) -> str:
    """Write whether the text of a time says which instant or day it is; else it is one on the clocks of its source."""
    return f"regexp_matches({text}, {literal(_NOT_LOCAL)})"


def is_day(text: str, time_: str) -> str:
    """Write whether the text of a time is a day without a time; `time_` is what it was read as.

    That is midnight, and quicker to look at.
    """
    is_midnight = f"epoch_us({time_}) % {MICROSECONDS_OF_A_DAY} = 0"
    # No other form has ten characters; all but the compact ones have a colon.
    is_one = f"when strlen({text}) = 10 then true when contains({text}, ':') then false else strlen({_bare(text)}) = 10"
    return f"case when not coalesce({is_midnight}, false) then false {is_one} end"


def date(text: str) -> str:
    """Write the date of a text; null where it is in no form of a date."""
    return f"case when {matches(text, DATE_FORM)} then try_cast(left({_bare(text)}, 10) as date) end"


# Days in another order. What a program adds to a text of time: blanks that do not break, points in `p. m.`.
_GAP = "[\\s\u00a0\u202f]"
# The century of two digits is known where spreadsheets (1930 to 2029) and other programs (1969 to 2068) agree.
_SHORT_YEAR = r"(?:[012]\d|69|[7-9]\d)"
_SOME_TIME = (
    rf"(?:(?:[Tt]|,?{_GAP}){_GAP}*(\d{{1,2}}):(\d\d)((?::\d\d(?:[.,]\d+)?)?)"
    rf"(?:{_GAP}*([AaPp])[.]?{_GAP}?[Mm][.]?)?({_GAP}*{_OFFSET})?)?{_GAP}*"
)
_ORDERED = rf"{_GAP}*(\d{{1,2}})[./-]{_GAP}?(\d{{1,2}})[./-]{_GAP}?(\d{{4}}|{_SHORT_YEAR}){_SOME_TIME}"
# 31. Dez. 2026, 31-Dec-26, 31 de diciembre de 2026; December 31, 2026.
_WORD = r"([\p{L}\p{M}]+)"
_DAY_TO_MONTH = rf"(?:[.]?{_GAP}+(?:de{_GAP}+)?|[./-])"
_MONTH_TO_YEAR = rf"(?:[.]?{_GAP}+(?:de{_GAP}+)?|[.]?[./-])"
_MONTH_SECOND = rf"{_GAP}*(\d{{1,2}}){_DAY_TO_MONTH}{_WORD}{_MONTH_TO_YEAR}(\d{{4}}|{_SHORT_YEAR}){_SOME_TIME}"
_MONTH_FIRST = rf"{_GAP}*{_WORD}[.]?{_GAP}+(\d{{1,2}}),?{_GAP}+(\d{{4}}){_SOME_TIME}"
_TIME_NAMES = ["h", "n", "s", "p", "z"]


def with_year_first(text: str, date_order: str, months: Mapping[str, int]) -> str:
    """Write the text of a day, perhaps with a time, with its year first; what is in no such form stays as it is.

    Args:
        text: the text.
        date_order: what comes first in days that are all numbers, as the dialect has it.
        months: the numbers of the months by their names, as `name_key` has them.
    """
    cases = []
    if date_order != "year_first":
        first, second = ("d", "m") if date_order == "day_first" else ("m", "d")
        cases.append((_ORDERED, _taken_apart(text, _ORDERED, [first, second, "y"], "w.m")))
    if months:
        numbers = " ".join(f"when {literal(name)} then {literal(str(number))}" for name, number in months.items())
        month = f"case lower(nfc_normalize(w.m)) {numbers} end"
        cases.append((_MONTH_SECOND, _taken_apart(text, _MONTH_SECOND, ["d", "m", "y"], month)))
        cases.append((_MONTH_FIRST, _taken_apart(text, _MONTH_FIRST, ["m", "d", "y"], month)))
    if not cases:
        return text
    whens = " ".join(f"when {matches(text, form)} then coalesce({anew}, {text})" for form, anew in cases)
    # With hours of one digit, as those of days in another order.
    with_hour = f"regexp_replace({text}, '^(\\d{{4}}-\\d\\d-\\d\\d)[Tt ]\\s*(\\d):', '\\1 0\\2:')"
    return f"case {whens} else {with_hour} end"


# Why a text that looks like a day or a time is none.

# The count of days that spreadsheets keep, from 1982 to 2119, with a part of a day behind it or not.
SERIAL_DAY_FORM = rf"{_GAP}*[3-7]\d{{4}}(?:[.,]\d+)?{_GAP}*"
_PLAIN_TIME = rf"(?:(?:[Tt]|,?{_GAP}){_GAP}*(?:[01]?\d|2[0-3]):{_SIXTY}.*)?{_GAP}*"
_BETWEEN = rf"[./-]{_GAP}?"


def _day_forms(days: str, months: str, date_order: str) -> list[str]:
    """List the forms of days of months: with the year first, and in the order given."""
    last = rf"{_BETWEEN}(?:\d{{4}}|{_SHORT_YEAR})"
    forms = [rf"\d{{4}}{_BETWEEN}{months}{_BETWEEN}{days}"]
    forms += [rf"{days}{_BETWEEN}{months}{last}"] if date_order == "day_first" else []
    forms += [rf"{months}{_BETWEEN}{days}{last}"] if date_order == "month_first" else []
    return forms


def is_no_such_day(text: str, date_order: str) -> str:
    """Write whether a text that can't be read is a day that its month lacks: 31.04.2026, 2026-02-29."""
    lacking = (("31", "(?:0?[469]|11)"), ("(?:29|3[01])", "0?2"))
    form = "|".join(form for days, months in lacking for form in _day_forms(days, months, date_order))
    return matches(text, f"{_GAP}*(?:{form}){_PLAIN_TIME}")


def is_other_order(text: str, date_order: str) -> str:
    """Write whether a text can be a day only if its month stands where its day is to be: 10/18/2026, day first."""
    other = "month_first" if date_order == "day_first" else "day_first"
    form = _day_forms(r"(?:1[3-9]|2\d|3[01])", "(?:0?[1-9]|1[0-2])", other)[-1]
    return matches(text, f"{_GAP}*{form}{_PLAIN_TIME}")


def _taken_apart(text: str, form: str, day_names: Sequence[str], month: str) -> str:
    """Write a text anew from the parts that a form has; null where the month or the hour is none."""
    names = ", ".join(map(literal, [*day_names, *_TIME_NAMES]))
    year = "case when length(w.y) = 4 then w.y when w.y < '30' then '20' || w.y else '19' || w.y end"
    day = f"({year}) || '-' || lpad({month}, 2, '0') || '-' || lpad(w.d, 2, '0')"
    # Noon is 12 p.m., midnight 12 a.m.; there is no 0 p.m., and no 13.
    half = f"{_whole('w.h')} % 12 + case when lower(w.p) = 'p' then 12 else 0 end"
    is_half = f"{_whole('w.h')} between 1 and 12"
    hour = f"case when w.p = '' then w.h when {is_half} then cast({half} as varchar) end"
    zone = f"regexp_replace(w.z, '^{_GAP}+', '')"
    clock = f"case when w.h = '' then '' else ' ' || lpad({hour}, 2, '0') || ':' || w.n || w.s || {zone} end"
    parts = f"regexp_extract({text}, {literal(f'^{form}$')}, [{names}])"
    return f"list_transform([{parts}], lambda w: {day} || {clock})[1]"


# Numbers

INTEGER_FORM = r"\s*[+-]?\d+(?:\.0*)?\s*"
_NUMBER = r"(?:\d+\.?\d*|\.\d+)"
NUMBER_FORM = rf"\s*[+-]?{_NUMBER}(?:[eE][+-]?\d+)?\s*"
# They are numbers to the engine, and no values.
NOT_FINITE_FORM = r"\s*[+-]?(?i:nan|inf|infinity)\s*"
# Commas that can only stand between thousands: there are several, or a point follows.
_THOUSANDS = r"[1-9]\d{0,2}(?:(?:,\d{3})+\.\d+|(?:,\d{3}){2,})"
# What stands between thousands: blanks of typesetters too, and both apostrophes.
_MARKS = {"point": "[.]", "comma": ",", "blank": "[ \u00a0\u202f\u2009]", "apostrophe": "['\u2019]"}
# With a decimal comma these can stand nowhere else.
_MARKS_BESIDE_COMMA = ("point", "blank", "apostrophe")
# One comma with three digits behind it stands between thousands, or is a decimal comma.
_TWO_READINGS = r"[1-9]\d{0,2},\d{3}"

# Blanks of typesetters too.
_BLANK = "[\\s\u00a0\u202f]*"
# Codes of ISO 4217.
_CODES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF "
    "CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD "
    "HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL "
    "LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR "
    "PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP "
    "TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG"
)
CURRENCIES = tuple(_CODES.split())
# What signs may stand for; the longer first.
_SIGNS = {
    "US$": "USD",
    "CA$": "CAD",
    "AU$": "AUD",
    "NZ$": "NZD",
    "HK$": "HKD",
    "MX$": "MXN",
    "A$": "AUD",
    "C$": "CAD NIO",
    "S$": "SGD",
    "R$": "BRL",
    "$": (
        "ARS AUD BBD BMD BND BSD BZD CAD CLP COP CUP CVE DOP FJD GYD HKD JMD KYD LRD MOP MXN NAD NIO NZD SBD SGD SRD "
        "TOP TTD TWD USD UYU WST XCD"
    ),
    "€": "EUR",
    "£": "EGP FKP GBP GIP LBP SDG SHP SSP SYP",
    "¥": "CNY JPY",
}
# Those that are letters come behind the codes: KRW is no kr.
_LETTERS = {
    "zł": "PLN",
    "Kč": "CZK",
    "kr": "DKK ISK NOK SEK",
    "Ft": "HUF",
    "Fr.": "CHF",
}
_CURRENCY = f"(?i:{'|'.join([*map(re.escape, _SIGNS), *CURRENCIES, *map(re.escape, _LETTERS)])})"


def number(
    text: str, data_type: str, *, unit: str | None = None, has_comma: bool = False, thousands: str | None = None
) -> str:
    """Write the number of a text in a type; null where it is in no form of a number.

    Args:
        text: the text.
        data_type: the type, as columns are declared.
        unit: what the number counts (`unit_of`).
        has_comma: decimals are written with a comma.
        thousands: what stands between thousands, as the dialect has it; None for what can stand for nothing else.
    """
    marks = _MARKS_BESIDE_COMMA if has_comma and thousands is None else (thousands,) if thousands else ()
    grouped = "|".join(rf"[1-9]\d{{0,2}}(?:{_MARKS[mark]}\d{{3}})+" for mark in marks)
    if has_comma:
        digits = rf"(?:(?:{grouped}|\d+)(?:,\d+)?|,\d+)"
    else:
        digits = rf"(?:(?:{grouped})(?:\.\d+)?|{_NUMBER})" if marks else _NUMBER
    form = rf"\s*[+-]?{digits}(?:[eE][+-]?\d+)?\s*" if marks else NUMBER_FORM
    plain = _without_marks(text, marks, has_comma=has_comma)
    if data_type in INTEGER_TYPES:
        is_whole = matches(plain, INTEGER_FORM)
        is_whole = f"{matches(text, form)} and {is_whole}" if marks else is_whole
        return f"case when {is_whole} then {_cast(plain, data_type)} end"
    cases = [(matches(text, form), plain)]
    without_commas = plain
    if not has_comma and thousands in (None, "comma"):
        digits = rf"(?:{_THOUSANDS}|{digits})"
        without_commas = f"replace({text}, ',', '')"
        cases.append((matches(text, rf"\s*[+-]?{_THOUSANDS}\s*"), without_commas))
    if unit == "money":
        currency = literal(f"{_BLANK}{_CURRENCY}{_BLANK}")
        # The currency first: a point may be a part of it.
        bare = _without_marks(f"regexp_replace({text}, {currency}, '')", marks, has_comma=has_comma)
        if not marks:
            bare = f"regexp_replace({without_commas}, {currency}, '')"
        cases.append((matches(text, _with_currency(digits)), bare))
    if data_type in {"double", "float"}:
        cases.append((matches(text, NOT_FINITE_FORM), text))
    written = [f"when {is_in_form} then {_cast(digits, data_type)}" for is_in_form, digits in cases]
    if unit in SECONDS_OF_UNITS:
        written.append(f"when {matches(text, CLOCK_FORM)} then try_cast({_clock(text, unit)} as {data_type})")
    in_any_form = f"case {' '.join(written)} end"
    if has_comma:
        return in_any_form
    # Most numbers are digits and a point. What begins with a digit and is a number to the engine is one.
    is_common = f"{text} >= '0' and {text} < ':' and not contains({text}, 'e') and not contains({text}, 'E')"
    common = f"case when {is_common} and not contains({text}, '_') then try_cast({text} as {data_type}) end"
    return f"coalesce({common}, {in_any_form})"


def _cast(text: str, data_type: str) -> str:
    if not data_type.startswith("decimal"):
        return f"try_cast({text} as {data_type})"
    # The engine makes 0.0001 of 6e-6.
    of_exponent = f"try_cast(try_cast({text} as double) as {data_type})"
    return f"case when contains(lower({text}), 'e') then {of_exponent} else try_cast({text} as {data_type}) end"


def _without_marks(text: str, marks: Sequence[str], *, has_comma: bool) -> str:
    """Write the text of a number without what stands between its thousands, and with a decimal point."""
    if marks:
        every = "".join(_MARKS[mark].strip("[]") for mark in marks)
        text = f"regexp_replace({text}, {literal(f'[{every}]')}, '', 'g')"
    return f"replace({text}, ',', '.')" if has_comma else text


def _with_currency(digits: str) -> str:
    """Write the form of a number with a currency before or behind it."""
    before = rf"(?:[+-]?{_BLANK}{_CURRENCY}|{_CURRENCY}{_BLANK}[+-]){_BLANK}{digits}"
    return rf"\s*(?:{before}|[+-]?{digits}{_BLANK}{_CURRENCY})\s*"


def currency_differs(text: str, currency: str) -> str:
    """Write whether an amount in text names another currency than `currency`; false where one of them is not named."""
    named = f"upper(regexp_extract({text}, {literal(_CURRENCY)}))"
    of_signs = " ".join(
        f"when {literal(sign.upper())} then list_contains([{', '.join(map(literal, codes.split()))}], {currency})"
        for sign, codes in (_SIGNS | _LETTERS).items()
    )
    agrees = f"case {named} {of_signs} else {named} = {currency} end"
    # Most amounts are digits and a point, and name none.
    return f"case when {matches(text, '[0-9.]*')} or {currency} = '' then false else {named} <> '' and not {agrees} end"


def has_two_readings(text: str, *, unit: str | None) -> str:
    """Write whether the comma in a number may stand between thousands, and may be a decimal comma."""
    plain = rf"\s*[+-]?{_TWO_READINGS}\s*"
    return matches(text, rf"{plain}|{_with_currency(_TWO_READINGS)}" if unit == "money" else plain)


def has_comma(text: str) -> str:
    """Write whether a text has a comma between digits, or before some."""
    return f"regexp_matches({text}, '^[^,]*,\\d')"


# Durations

SECONDS_OF_UNITS = {"seconds": 1, "minutes": 60}
CLOCK_FORM = rf"\s*\d+:{_SIXTY}:{_SIXTY}(?:[.,]\d+)?\s*"
# Minutes and seconds, or hours and minutes.
SHORT_CLOCK_FORM = r"\s*\d+:\d\d(?:[.,]\d+)?\s*"


def _clock(text: str, unit: str) -> str:
    parts = f"string_split(replace({_bare(text)}, ',', '.'), ':')"
    seconds = "cast(p[1] as double) * 3600 + cast(p[2] as double) * 60 + cast(p[3] as double)"
    return f"list_transform([{parts}], lambda p: ({seconds}) / {SECONDS_OF_UNITS[unit]})[1]"


INTEGER_TYPES = {"tinyint", "smallint", "integer", "int", "bigint", "hugeint"}
MONEY_NAMES = ("amount", "price")


def unit_of(column: str, data_type: str) -> str | None:
    """Tell what the numbers of a column count by its name: seconds, minutes, money, or None for anything else."""
    last_word = column.lower().rpartition("_")[2]
    if last_word in SECONDS_OF_UNITS:
        return last_word
    return "money" if last_word in MONEY_NAMES and data_type not in INTEGER_TYPES else None


def matches(text: str, form: str) -> str:
    """Write whether a text as a whole is in a form."""
    return f"regexp_full_match({text}, {literal(form)})"


def _bare(text: str) -> str:
    """Write a text without what forms call blanks around it."""
    return f"trim({text}, chr(9) || chr(10) || chr(12) || chr(13) || ' ')"
