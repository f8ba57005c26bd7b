"""The ways to break a model: each operator finds the places where it applies, and says what stands there then."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from mutation.reading import Token, arguments_of, cases_of, conjunctions_of, operand_end, tokens_of


@dataclass(frozen=True)
class Edit:
    """A place in a source, and the text that takes its place."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Source:
    """The text of a model or of a file of macros; of a KPI, the instants that its facts have."""

    name: str
    text: str
    is_kpi: bool = False
    instants: tuple[str, ...] = ()
    tokens: list[Token] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tokens.extend(tokens_of(self.text))

    def words(self, *texts: str) -> Iterator[tuple[int, Token]]:
        """The tokens with one of these texts, with their positions."""
        return ((at, token) for at, token in enumerate(self.tokens) if token.text in texts and not token.is_jinja)

    def follows(self, at: int, *texts: str) -> bool:
        """Whether these texts stand after a position."""
        return [token.text for token in self.tokens[at + 1 : at + 1 + len(texts)]] == list(texts)

    def span(self, first: int, after: int, text: str = "") -> Edit:
        """An edit of the tokens from one position to before another; blanks before what is left out go with it."""
        start = self.tokens[first].start
        if not text:
            start -= len(self.text[:start]) - len(self.text[:start].rstrip())
        return Edit(start, self.tokens[after - 1].end, text)


Operator = Callable[[Source], Iterator[Edit]]
OPERATORS: dict[str, Operator] = {}


def operator(function: Operator) -> Operator:
    OPERATORS[function.__name__] = function
    return function


def swapped(source: Source, pairs: dict[str, str], is_call: bool = False) -> Iterator[Edit]:
    for at, token in source.words(*pairs):
        if not is_call or source.follows(at, "("):
            yield Edit(token.start, token.end, pairs[token.text])


@operator
def inner_for_left_join(source: Source) -> Iterator[Edit]:
    """An inner join in place of a left one: what has no partner is lost."""
    for at, token in source.words("left"):
        if source.follows(at, "join"):
            yield Edit(token.start, token.end, "inner")


@operator
def left_for_inner_join(source: Source) -> Iterator[Edit]:
    """A left join in place of an inner one: what has no partner stays."""
    for at, token in source.words("inner"):
        if source.follows(at, "join"):
            yield Edit(token.start, token.end, "left")


@operator
def edge_left_out(source: Source) -> Iterator[Edit]:
    """`<` for `<=`, `>` for `>=`: the very edge no longer counts."""
    return swapped(source, {"<=": "<", ">=": ">"})


@operator
def edge_taken_in(source: Source) -> Iterator[Edit]:
    """`<=` for `<`, `>=` for `>`: the very edge counts too."""
    return swapped(source, {"<": "<=", ">": ">="})


@operator
def edges_of_between(source: Source) -> Iterator[Edit]:
    """`between` without its end."""
    tokens = source.tokens
    for at, token in source.words("between"):
        if tokens[at - 1].text == "rows":
            continue
        is_negated = tokens[at - 1].text == "not"
        subject = at - 2 if is_negated else at - 1
        middle = next(
            place
            for place in range(at, len(tokens))
            if tokens[place].text == "and" and tokens[place].depth == token.depth
        )
        end = operand_end(tokens, middle + 1, token.depth)
        low = source.text[tokens[at + 1].start : tokens[middle - 1].end]
        high = source.text[tokens[middle + 1].start : tokens[end - 1].end]
        name = tokens[subject].text
        text = f"({name} < {low} or {name} >= {high})" if is_negated else f"({name} >= {low} and {name} < {high})"
        yield source.span(subject, end, text)


@operator
def branch_dropped(source: Source) -> Iterator[Edit]:
    """A `when … then …` of a `case` left out: an exclusion, or one of several readings, is missing."""
    for case in cases_of(source.tokens):
        if len(case.whens) > 1:
            ends = [*case.whens[1:], case.other or case.end]
            for when, end in zip(case.whens, ends, strict=True):
                yield source.span(when, end)
        else:
            begins, ends_before = (case.other + 1, case.end) if case.other else (0, 0)
            rest = (
                source.text[source.tokens[begins].start : source.tokens[ends_before - 1].end] if case.other else "null"
            )
            yield source.span(case.start, case.end + 1, rest)


@operator
def else_dropped(source: Source) -> Iterator[Edit]:
    """A `case` without its `else`."""
    for case in cases_of(source.tokens):
        if case.other:
            yield source.span(case.other, case.end)


@operator
def reading_dropped(source: Source) -> Iterator[Edit]:
    """A `coalesce` without one of its arguments: one reading of a value, or what stands for null, is missing."""
    for at, token in source.words("coalesce"):
        arguments = arguments_of(source.tokens, at + 1)
        for left_out in range(len(arguments)):
            kept = [
                source.text[source.tokens[begins].start : source.tokens[end - 1].end]
                for number, (begins, end) in enumerate(arguments)
                if number != left_out
            ]
            text = f"coalesce({', '.join(kept)})" if len(kept) > 1 else f"({kept[0]})"
            yield Edit(token.start, source.tokens[arguments[-1][1]].end, text)


@operator
def where_dropped(source: Source) -> Iterator[Edit]:
    """A `where` or `qualify` with its only condition left out."""
    for at, token in source.words("where", "qualify"):
        end = operand_end(source.tokens, at + 1, token.depth)
        if end == len(source.tokens) or source.tokens[end].text not in ("and", "or"):
            yield source.span(at, end)


@operator
def condition_dropped(source: Source) -> Iterator[Edit]:
    """One of several conditions left out, of a `where`, a join or a `case`."""
    for both in conjunctions_of(source.tokens):
        if source.tokens[both.word].is_jinja:
            continue
        yield source.span(both.word, both.end)
        if both.opener not in ("on", "and", "or"):
            yield Edit(source.tokens[both.left].start, source.tokens[both.right].start, "")


@operator
def and_or_swapped(source: Source) -> Iterator[Edit]:
    """`or` for `and`, and back."""
    for both in conjunctions_of(source.tokens):
        word = source.tokens[both.word]
        if not word.is_jinja and both.opener != "on":
            yield Edit(word.start, word.end, "or" if word.text == "and" else "and")


@operator
def item_dropped(source: Source) -> Iterator[Edit]:
    """A list of values without one of them."""
    for at, _ in source.words("in"):
        if source.tokens[at + 1].text != "(":
            continue
        arguments = arguments_of(source.tokens, at + 1)
        for (begins, _), (_, end) in zip(arguments[1:], arguments[1:], strict=True):
            yield Edit(source.tokens[begins - 1].start, source.tokens[end - 1].end, "")
        if len(arguments) > 1:
            yield Edit(source.tokens[arguments[0][0]].start, source.tokens[arguments[1][0]].start, "")


@operator
def comparison_turned(source: Source) -> Iterator[Edit]:
    """`<>` for `=` where a column is compared with a value, and back."""
    for at, token in source.words("=", "<>"):
        if re.match(r"['\d]", source.tokens[at + 1].text):
            yield Edit(token.start, token.end, "<>" if token.text == "=" else "=")


@operator
def null_test_turned(source: Source) -> Iterator[Edit]:
    """`is not null` for `is null`, and back."""
    for at, _ in source.words("is"):
        if source.follows(at, "null"):
            yield source.span(at, at + 2, "is not null")
        if source.follows(at, "not", "null"):
            yield source.span(at, at + 3, "is null")


@operator
def nulls_unequal(source: Source) -> Iterator[Edit]:
    """`=` for `is not distinct from`: null no longer meets null."""
    for at, _ in source.words("is"):
        if source.follows(at, "not", "distinct", "from"):
            yield source.span(at, at + 4, "=")
        if source.follows(at, "distinct", "from"):
            yield source.span(at, at + 3, "<>")


@operator
def truth_turned(source: Source) -> Iterator[Edit]:
    """`true` for `false` and back, or a `not` left out."""
    yield from swapped(source, {"true": "false", "false": "true"})
    for at, token in source.words("not"):
        if source.tokens[at - 1].text != "is":
            yield Edit(token.start, source.tokens[at + 1].start, "")


@operator
def utc_for_local_time(source: Source) -> Iterator[Edit]:
    """Days and hours of UTC in place of those of the reporting time zone."""
    for match in re.finditer(r"reporting_timezone\(\)|(?<=[(\"], )timezone(?=\))", source.text):
        if not source.name.startswith("macros/") or match.group() == "reporting_timezone()":
            yield Edit(match.start(), match.end(), '"UTC"')


@operator
def tie_break_dropped(source: Source) -> Iterator[Edit]:
    """An order without its last key: ties are decided by chance."""
    for keys, _ in orders(source):
        if len(keys) > 1:
            (_, before), (_, end) = keys[-2], keys[-1]
            yield Edit(source.tokens[before - 1].end, source.tokens[end - 1].end, "")


@operator
def order_turned(source: Source) -> Iterator[Edit]:
    """An order from the newest in place of the oldest, or the other way round."""
    for keys, _ in orders(source):
        for begins, end in keys:
            words = [token.text for token in source.tokens[begins:end]]
            if "desc" in words:
                yield source.span(begins + words.index("desc"), begins + words.index("desc") + 1)
            else:
                last = end - 2 if words[-2:] == ["nulls", "last"] else end
                yield Edit(source.tokens[last - 1].end, source.tokens[last - 1].end, " desc")


def orders(source: Source) -> Iterator[tuple[list[tuple[int, int]], int]]:
    """The keys of each `order by`, as positions of tokens."""
    for at, token in source.words("order"):
        if not source.follows(at, "by"):
            continue
        keys, begins = [], at + 2
        for position in range(at + 2, len(source.tokens) + 1):
            here = source.tokens[position] if position < len(source.tokens) else None
            is_end = here is None or here.depth < token.depth or (here.depth == token.depth and here.text == "rows")
            if is_end or (here and here.depth == token.depth and here.text == ","):
                keys.append((begins, position))
                begins = position + 1
            if is_end:
                break
        yield keys, at


@operator
def partition_key_dropped(source: Source) -> Iterator[Edit]:
    """A window over more than its group: a key of its `partition by` left out."""
    for at, token in source.words("partition"):
        end = at + 2
        begins = [end]
        while source.tokens[end].depth >= token.depth and source.tokens[end].text != "order":
            if source.tokens[end].text == "," and source.tokens[end].depth == token.depth:
                begins.append(end + 1)
            end += 1
        if len(begins) == 1:
            yield source.span(at, end)
        else:
            yield Edit(
                source.tokens[begins[-2] if len(begins) == 2 else begins[-1] - 2].end, source.tokens[end - 1].end, ""
            )
            yield Edit(source.tokens[begins[0]].start, source.tokens[begins[1]].start, "")


@operator
def rank_for_row_number(source: Source) -> Iterator[Edit]:
    """`rank` for `row_number`: ties share a number."""
    return swapped(source, {"row_number": "rank"})


@operator
def frame_changed(source: Source) -> Iterator[Edit]:
    """A window that takes the current row in, or leaves it out."""
    for at, _ in source.words("and"):
        if source.follows(at, "current", "row"):
            yield source.span(at + 1, at + 3, "1 preceding")
        if source.follows(at, "1", "preceding"):
            yield source.span(at + 1, at + 3, "current row")


@operator
def neighbour_swapped(source: Source) -> Iterator[Edit]:
    """The row before in place of the row after."""
    return swapped(source, {"lead": "lag", "lag": "lead"}, is_call=True)


@operator
def distinct_dropped(source: Source) -> Iterator[Edit]:
    """`count` for `count(distinct …)`, or a `select` that keeps rows that come twice."""
    for at, token in source.words("distinct"):
        if source.tokens[at - 1].text != "not" and source.tokens[at - 1].text != "is":
            yield Edit(token.start, source.tokens[at + 1].start, "")


CONSTANT = re.compile(r"(?m)^\s*('[^']*'|\d+|true|false|cast\(null as [^)]+\)|\{\{ literal.*?\}\}) as ")


@operator
def union_for_union_all(source: Source) -> Iterator[Edit]:
    """Equal rows of both sides become one, or stay several; not where a constant, or an id, tells the sides apart."""
    for at, token in enumerate(source.tokens):
        if token.text != "union":
            continue
        if not source.follows(at, "all"):
            yield Edit(token.start, token.end, "union all")
            continue
        rest = source.text[source.tokens[at + 1].end :]
        sides = source.text[source.text.rfind("select", 0, token.start) : token.start] + rest.partition("from ")[0]
        if not source.is_kpi and not CONSTANT.search(sides) and "_id" not in sides:
            yield source.span(at, at + 2, "union")


@operator
def extreme_swapped(source: Source) -> Iterator[Edit]:
    """The least in place of the greatest, the first in place of the last, all in place of any."""
    pairs = [("min", "max"), ("min_by", "max_by"), ("least", "greatest"), ("bool_or", "bool_and")]
    return swapped(source, dict(pairs) | {right: left for left, right in pairs}, is_call=True)


@operator
def mean_for_sum(source: Source) -> Iterator[Edit]:
    """`avg` for `sum`: an average of averages."""
    return swapped(source, {"sum": "avg"}, is_call=True)


@operator
def window_length(source: Source) -> Iterator[Edit]:
    """A window, a target or a cap that is longer by one."""
    for at, _ in source.words("interval"):
        number = source.tokens[at + 1]
        if number.text.isdigit():
            yield Edit(number.start, number.end, str(int(number.text) + 1))
    # Of macros/windows.sql.
    for match in re.finditer(r'\{\{ window_interval\("\w+"\) \}\}', source.text):
        yield Edit(match.end(), match.end(), " + interval 1 day")
    for match in re.finditer(r'\bwindow(?:_seconds)?\("\w+"\)(?= [-%}])', source.text):
        yield Edit(match.end(), match.end(), " + 1")
    for match in re.finditer(r"\{% set \w+ = (\d+) \*", source.text):
        yield Edit(match.start(1), match.end(1), str(int(match.group(1)) + 1))


@operator
def number_changed(source: Source) -> Iterator[Edit]:
    """A number in a condition or a sum that is greater by one."""
    for at, token in enumerate(source.tokens):
        before = source.tokens[at - 1].text
        is_type = at > 3 and source.tokens[at - 4].text == "decimal"
        if (
            token.text.isdigit()
            and not token.is_jinja
            and not is_type
            and before in ("<", ">", "<=", ">=", "=", "+", "-", "*", ",")
        ):
            yield Edit(token.start, token.end, str(int(token.text) + 1))


def parts_of_kpi(source: Source, name: str) -> Iterator[tuple[int, Token]]:
    """The last token, with its place, of each expression that a KPI's view calls by a name."""
    for at, _ in source.words(name):
        if source.is_kpi and source.tokens[at - 1].text == "as":
            yield at - 2, source.tokens[at - 2]


@operator
def numerator_changed(source: Source) -> Iterator[Edit]:
    """What is counted is not, and the other way round; a sum with the wrong sign."""
    for at, before in parts_of_kpi(source, "numerator"):
        if before.text in ("0", "1"):
            yield Edit(before.start, before.end, "1" if before.text == "0" else "0")
        elif before.text == "end":
            case = next(case for case in cases_of(source.tokens) if case.end == at)
            if case.other and len(case.whens) == 1:
                then = next(place for place in range(case.other, case.start, -1) if source.tokens[place].text == "then")
                one, other = (
                    source.text[source.tokens[first].start : source.tokens[last].end]
                    for first, last in ((then + 1, case.other - 1), (case.other + 1, case.end - 1))
                )
                yield source.span(then, case.end, f"then {other} else {one}")
        else:
            yield Edit(before.start, before.start, "-")
    for token in source.tokens:
        if token.text in ("+", "-") and re.match(r"\s", source.text[token.end]) and not token.is_jinja:
            yield Edit(token.start, token.end, "-" if token.text == "+" else "+")


@operator
def denominator_changed(source: Source) -> Iterator[Edit]:
    """Something else in the denominator: what counts once counts twice, or what counts does not."""
    for _, before in parts_of_kpi(source, "denominator"):
        if before.text in ("0", "1"):
            yield Edit(before.start, before.end, "1" if before.text == "0" else "0")
            yield Edit(before.start, before.end, "2" if before.text == "1" else "-1")
        elif before.text != ")":
            yield Edit(before.start, before.end, "1")


@operator
def wrong_anchor(source: Source) -> Iterator[Edit]:
    """An observation dated by another instant of the same fact."""
    if not source.is_kpi:
        return
    for match in re.finditer(r"(\w+\.)?(\w+_at)(?= as measured_at)", source.text):
        for instant in source.instants:
            if instant != match.group(2):
                yield Edit(match.start(2), match.end(2), instant)


@operator
def slice_lost(source: Source) -> Iterator[Edit]:
    """A slice without values, or with those of another slice."""
    lines = list(
        re.finditer(r"(?m)^    (?P<expression>(?:\w+\.)?\w+)(?: as (?P<name>\w+))?(?P<comma>,?)$", source.text)
    )
    if not source.is_kpi:
        return
    is_slice, slices = False, []
    for line in lines:
        name = line["name"] or line["expression"].split(".")[-1]
        if name == "measured_at":
            is_slice = False
        if is_slice and name != "only_slice":
            slices.append((line, name))
        is_slice = is_slice or name == "source"
    for number, (line, name) in enumerate(slices):
        yield Edit(line.start("expression"), line.end() - len(line["comma"]), f"cast(null as string) as {name}")
        other = slices[number - 1][0]["expression"]
        if len(slices) > 1 and other != line["expression"]:
            yield Edit(line.start("expression"), line.end() - len(line["comma"]), f"{other} as {name}")


@operator
def other_column(source: Source) -> Iterator[Edit]:
    """Another column of the same table: another instant, flag, id, name or length of time."""
    if source.is_kpi:
        return
    plain: dict[str, list[re.Match[str]]] = {}
    for match in re.finditer(r"(?m)^    (\w+)(?=,?$)", source.text):
        kind = re.fullmatch(r"(is|has)_\w+|\w+_(at|id|seconds|date)|channel|team|topic|country|marketplace", match[1])
        if kind:
            plain.setdefault(kind[1] or kind[2] or "name", []).append(match)
    for matches in plain.values():
        for match, other in zip(matches, [*matches[1:], matches[0]], strict=True):
            if match[1] != other[1]:
                yield Edit(match.start(1), match.end(1), f"{other[1]} as {match[1]}")
    by_kind: dict[tuple[str, str], list[str]] = {}
    places = []
    for at, token in enumerate(source.tokens):
        kind = re.fullmatch(r"(?:(\w+)\.)?((is|has)_\w+|\w+_(at|id|seconds|date|reason|number))", token.text)
        if not kind or token.is_jinja or not kind[1] or source.tokens[at - 1].text == "as":
            continue
        key = (kind[1], kind[3] or kind[4])
        by_kind.setdefault(key, [])
        if token.text not in by_kind[key]:
            by_kind[key].append(token.text)
        places.append((token, key))
    for token, key in places:
        others = by_kind[key]
        if len(others) > 1:
            yield Edit(token.start, token.end, others[(others.index(token.text) + 1) % len(others)])
