"""Unknown is not no: each place where SQL reads null as false or 0 stands in docs/unknown.md with why it may."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

PAGE = "docs/unknown.md"
ROW = re.compile(r"^\| `(?P<expression>.+?)` \| (?P<models>.+?) \| (?P<why>.+) \|$")


def readings(text: str) -> Iterator[str]:
    """The expressions that give false or 0 for null, each in one line."""
    text = re.sub(r"--[^\n]*|{#.*?#}", "", text, flags=re.DOTALL)
    for start in (match.start() for match in re.finditer(r"\bcoalesce\(", text)):
        depth, end, last_comma = 0, start, start
        for end in range(start + len("coalesce"), len(text)):
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            if text[end] == "," and depth == 1:
                last_comma = end
            if depth == 0:
                break
        if text[last_comma + 1 : end].strip() in ("false", "0", "0.0"):
            yield " ".join(text[start : end + 1].split())


def test_each_reading_of_null_as_no_is_argued_for(project_root: Path) -> None:
    found = defaultdict(set)
    for folder in ("models", "macros"):
        for path in sorted((project_root / folder).rglob("*.sql")):
            for expression in readings(path.read_text()):
                found[expression.replace("|", "\\|")].add(path.stem)
    told = {}
    for line in (project_root / PAGE).read_text().splitlines():
        if match := ROW.match(line):
            assert match["expression"] not in told, f"twice: {match['expression']}"
            told[match["expression"]] = set(re.findall(r"\w+", match["models"]))
    assert told == dict(found)
