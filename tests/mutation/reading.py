"""Reads a model's source, SQL with Jinja, as tokens, as far as the operators need it."""

from __future__ import annotations

import re
from dataclasses import dataclass

TOKEN = re.compile(
    r"--[^\n]*|\{#.*?#\}|\{%.*?%\}"
    r"|'(?:[^']|'')*'"
    r"|[A-Za-z_][A-Za-z_0-9]*(?:\.[A-Za-z_][A-Za-z_0-9]*)*"
    r"|\d+(?:\.\d+)?(?:e\d+)?"
    r"|<=|>=|<>|\|\||::|\S",
    re.DOTALL,
)
OPENING = {"(", "[", "{", "case"}
CLOSING = {")", "]", "}", "end"}
# What a condition ends before, at its own depth.
ENDS = {
    *("where", "group", "order", "left", "inner", "cross", "join", "union", "as", "then", "else", "when", "end"),
    *("on", "qualify", "rows", "having", "limit", "select", "window", "over", "filter", ",", ";"),
}


@dataclass(frozen=True)
class Token:
    """A word, number, string or sign of a source; how deep in brackets and cases it lies, and whether it is Jinja."""

    text: str
    start: int
    end: int
    depth: int
    is_jinja: bool


def tokens_of(source: str) -> list[Token]:
    """The tokens of a source without comments and Jinja statements, but for `;` at the end of a macro.

    A double quote is a bracket: it holds SQL.
    """
    found: list[Token] = []
    depth = braces = 0
    is_quoted = False
    for match in TOKEN.finditer(source):
        text = match.group()
        if "endmacro" in text and text.startswith("{%"):
            found.append(Token(";", match.start(), match.end(), depth, True))
        if text.startswith(("--", "{#", "{%")):
            continue
        if text in CLOSING or (text == '"' and is_quoted):
            depth -= 1
        braces += {"{": 1, "}": -1}.get(text, 0)
        found.append(Token(text, match.start(), match.end(), depth, braces > 0 and not is_quoted))
        if text in OPENING or (text == '"' and not is_quoted):
            depth += 1
        if text == '"':
            is_quoted = not is_quoted
    return found


@dataclass(frozen=True)
class Case:
    """A `case`: its words by position in the list of tokens."""

    start: int
    whens: list[int]
    other: int | None
    end: int


def cases_of(tokens: list[Token]) -> list[Case]:
    """The cases of a source, inner ones too."""
    found = []
    for start, token in enumerate(tokens):
        if token.text != "case":
            continue
        whens, other = [], None
        for position in range(start + 1, len(tokens)):
            here = tokens[position]
            if here.depth == token.depth and here.text == "end":
                found.append(Case(start, whens, other, position))
                break
            if here.depth == token.depth + 1 and here.text == "when":
                whens.append(position)
            if here.depth == token.depth + 1 and here.text == "else":
                other = position
    return found


def arguments_of(tokens: list[Token], opening: int) -> list[tuple[int, int]]:
    """The arguments of a call, each by its first token and the one after its last; `opening` is its bracket."""
    inside = tokens[opening].depth + 1
    found, begins = [], opening + 1
    for position in range(opening + 1, len(tokens)):
        here = tokens[position]
        if here.depth == inside and here.text == ",":
            found.append((begins, position))
            begins = position + 1
        if here.depth < inside:
            found.append((begins, position))
            return found
    return []


@dataclass(frozen=True)
class Conjunction:
    """An `and` or `or` with what stands on both sides of it, by position in the list of tokens."""

    left: int
    word: int
    right: int
    end: int
    opener: str


def conjunctions_of(tokens: list[Token]) -> list[Conjunction]:
    """Every `and` and `or` between conditions; the `and` of a `between` is none."""
    found = []
    for word, token in enumerate(tokens):
        if token.text not in ("and", "or"):
            continue
        left = operand_start(tokens, word)
        if any(here.text == "between" and here.depth == token.depth for here in tokens[left:word]):
            continue
        opener = tokens[left - 1].text if left else ""
        found.append(Conjunction(left, word, word + 1, operand_end(tokens, word + 1, token.depth), opener))
    return found


def operand_start(tokens: list[Token], word: int) -> int:
    """Where the condition before a position begins."""
    depth = tokens[word].depth
    position = word
    while position > 0:
        here = tokens[position - 1]
        if here.depth < depth or (here.depth == depth and (here.text in ENDS or here.text in ("and", "or"))):
            break
        position -= 1
    return position


def operand_end(tokens: list[Token], position: int, depth: int) -> int:
    """The position after the condition that begins at a position."""
    is_between = False
    begins = position
    while position < len(tokens):
        here = tokens[position]
        if here.depth < depth:
            break
        if here.depth == depth and position > begins:
            if here.text in ENDS or (here.text in ("and", "or") and not is_between):
                break
            if here.text == "between":
                is_between = True
            elif here.text == "and":
                is_between = False
            elif here.text == "from" and tokens[position - 1].text != "distinct":
                break
        position += 1
    return position
