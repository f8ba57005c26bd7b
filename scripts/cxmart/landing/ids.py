"""Reading ids that a tool took for numbers: 1234.0 is 1234, and 4.02878E+11 is no id any more.

A spreadsheet shows a number of twelve digits as 4.02878E+11 and saves what it shows: many ids become one. A table with
one empty cell has its whole numbers as floating-point ones, which end in .0. Ids that are no such numbers are left as
they are: 00123, 1E5, SKU-1.5.
"""

from cxmart.base.database import literal

# Three zeros could be thousands: 1.000 is left as it is.
WHOLE = r"[+-]?\d+[.,](0{1,2}|0{4,})"
# An exponent of a number has a point before it or a plus behind it; 1E5 may be a hexadecimal id.
WITH_EXPONENT = r"[+-]?\d+([.,]\d+[eE]\+?|[eE]\+)\d+"
EXPONENT_PARTS = r"^[+-]?(\d+)(?:[.,](\d+))?[eE]\+?(\d+)$"

# Below these a floating-point number of that type has all digits of a whole one.
EXACT_BELOW = {"DOUBLE": 2**53, "FLOAT": 2**24}

SHORTENED = "is a number that a spreadsheet shortened; its last digits are lost: export the column as text"
INEXACT = "is a number too long for its type; its last digits are lost: export the column as text"


def of_text(text: str, plain: str) -> str:
    """Write the id that a text is; null where its digits are lost.

    Args:
        text: the text, as SQL.
        plain: how an id is written that no tool took for a number.
    """
    bare = f"trim({text})"
    whole, fraction, exponent = (f"regexp_extract({bare}, {literal(EXPONENT_PARTS)}, {part})" for part in (1, 2, 3))
    places = f"coalesce(try_cast({exponent} as integer), 1000)"
    digits = f"ltrim({whole} || substr({fraction}, 1, {places}), '0')"
    of_number = f"""case
        when length({fraction}) < {places} then null
        when rtrim(substr({fraction}, {places} + 1), '0') = ''
            then case when {bare} like '-%' then '-' else '' end || coalesce(nullif({digits}, ''), '0')
        else {plain}
    end"""
    # A number begins with a digit, a sign or a blank, all of which come before a colon. Few have such a character, and
    # looking for one is cheaper than a look at the form.
    return f"""case
        when {text} >= ':' then {plain}
        when not (contains({text}, '.') or contains({text}, ',') or contains({text}, '+')) then {plain}
        when regexp_full_match({bare}, {literal(WHOLE)}) then regexp_replace({bare}, '^[+]|[.,]0+$', '', 'g')
        when regexp_full_match({bare}, {literal(WITH_EXPONENT)}) then {of_number}
        else {plain}
    end"""


def of_number(place: str, data_type: str) -> str:
    """Write the id in a column of numbers of the engine's type; null where its digits are lost."""
    if data_type in EXACT_BELOW:
        return f"""case
            when {place} = trunc({place}) and abs({place}) < {EXACT_BELOW[data_type]}
                then cast(cast({place} as bigint) as varchar)
            when abs({place}) < {EXACT_BELOW[data_type]} then cast({place} as varchar)
        end"""
    return f"regexp_replace(cast({place} as varchar), '\\.0+$', '')"
