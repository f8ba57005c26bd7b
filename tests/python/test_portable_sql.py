"""What engines do differently stands in macros/engine alone; everything else is SQL that DuckDB and Spark both read."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import PROJECT_ROOT
from independent.harness import compile_project

ENGINE = PROJECT_ROOT / "macros" / "engine"
# What Spark does not read, or reads otherwise, and the macro that says it.
UNPORTABLE = {
    "timezone()": (r"\btimezone\s*\(", "to_local, to_utc"),
    "date_diff": (r"\bdate_?diff\s*\(", "seconds_between, days_between"),
    "timestamptz": (r"\btimestamptz\b|\btimestamp with time zone\b", "parse_utc"),
    "ignore nulls": (r"\bignore\s+nulls\b", "last_known_value"),
    "unnest": (r"\bunnest\s*\(", "rows_of_text_list, dates_touched"),
    "generate_series": (r"\bgenerate_series\s*\(", "local_dates_between"),
    "regexp_matches": (r"\bregexp_(matches|full_match)\s*\(", "matches_pattern"),
    "a file of the engine": (r"\b(read_csv|read_text|glob|duckdb_\w+)\s*\(", "those of files.sql"),
}
# In Spark, a CTE can only refer to itself after `union all`.
RECURSIVE, UNION = re.compile(r"\bwith\s+recursive\b"), re.compile(r"\bunion\b(?!\s+all\b)")
TYPES = {"string", "timestamp", "double", "bigint", "integer", "date", "boolean"}
OTHER_TYPE = r"(varchar|char|timestamp_\w+|datetime|int|int[248]|smallint|hugeint|float[48]?|real|numeric|uuid)"
CAST_TO = re.compile(rf"(?:\bas\s+|::\s*){OTHER_TYPE}\b|(?:::\s*|\bcast\([^()]*\bas\s+)(text)\b")
TYPE_IN_MACRO = re.compile(rf"""(?<![|])["' ]{OTHER_TYPE}["',\[]""")


def code(text: str) -> str:
    """The text of a model or of macros without its comments, in lower case."""
    return re.sub(r"{#.*?#}|--[^\n]*", "", text, flags=re.DOTALL).lower()


def unportable(text: str) -> list[str]:
    """What of a text one of the engines does not read, each with the macro that is to be used instead."""
    text = code(text)
    found = [f"{name}: use {macros}" for name, (pattern, macros) in UNPORTABLE.items() if re.search(pattern, text)]
    if RECURSIVE.search(text) and UNION.search(text):
        found.append("union in a recursive CTE: use transitive_closure")
    found += sorted(
        {f"type {match[1] or match[2]}: use {', '.join(sorted(TYPES))}" for match in CAST_TO.finditer(text)}
    )
    return found


def sources_of_sql() -> list[Path]:
    folders = ("models", "macros", "tests/singular", "tests/generic")
    found = [path for folder in folders for path in sorted((PROJECT_ROOT / folder).rglob("*.sql"))]
    return [path for path in found if ENGINE not in path.parents]


@pytest.fixture(scope="module")
def manifest(target_path: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return compile_project("UTC", tmp_path_factory.mktemp("compiled"), target_path)


def test_what_engines_do_differently_is_in_engine_macros() -> None:
    found = {path.relative_to(PROJECT_ROOT).as_posix(): unportable(path.read_text()) for path in sources_of_sql()}
    assert {path: faults for path, faults in found.items() if faults} == {}


def test_types_that_macros_name_are_portable() -> None:
    """A type in a macro may be a text that a cast takes later: `{"source": "string"}`."""
    found = {
        path.name: sorted({match[1] for match in TYPE_IN_MACRO.finditer(code(path.read_text()))})
        for path in sources_of_sql()
        if "macros" in path.parts
    }
    assert {name: types for name, types in found.items() if types} == {}


def test_compiled_types_are_portable(manifest: dict[str, Any]) -> None:
    """Types that come out of columns of entities, of KPIs or of the settings are seen in what dbt compiles."""
    nodes = manifest["nodes"].values()
    compiled = {node["name"]: node.get("compiled_code") or "" for node in nodes if node["resource_type"] == "model"}
    found = {
        name: sorted({match[1] or match[2] for match in CAST_TO.finditer(code(sql))}) for name, sql in compiled.items()
    }
    assert sum(map(bool, compiled.values())) > 150
    assert {name: types for name, types in found.items() if types} == {}


def test_declared_types_are_portable() -> None:
    found = set()
    for path in sorted((PROJECT_ROOT / "models").rglob("*.yml")):
        for model in (yaml.safe_load(path.read_text()) or {}).get("models", ()):
            for column in model.get("columns", ()):
                declared = column.get("data_type", "string")
                if re.sub(r"^decimal\(\d+, ?\d+\)$", "double", declared.removesuffix("[]")) not in TYPES:
                    found.add(f"{model['name']}.{column['name']}: {declared}")
    for path in sorted((PROJECT_ROOT / "seeds").glob("*.yml")):
        for seed in yaml.safe_load(path.read_text())["seeds"]:
            found |= {f"{seed['name']}: {declared}" for declared in seed["config"]["column_types"].values()} - {
                f"{seed['name']}: {known}" for known in TYPES
            }
    assert found == set()


def test_engine_macros_are_dispatched() -> None:
    """What only DuckDB reads is in a macro `duckdb__…`, and one without that prefix hands on to it."""
    macros = {
        name: (path.name, body)
        for path in sorted(ENGINE.glob("*.sql"))
        for name, body in re.findall(r"{% macro (\w+)\(.*?%}(.*?){%-? endmacro %}", path.read_text(), re.DOTALL)
    }
    dispatched = {name for name, (_, body) in macros.items() if f'adapter.dispatch("{name}", "cxmart")' in body}
    implemented = {name.removeprefix("duckdb__") for name in macros if name.startswith("duckdb__")}
    assert dispatched == implemented
    assert len(dispatched) > 20
    common = {name: unportable(body) for name, (_, body) in macros.items() if not name.startswith("duckdb__")}
    assert {name: faults for name, faults in common.items() if faults} == {}


@pytest.mark.parametrize(
    "sql",
    [
        "select timezone('UTC', created_at) from tickets",
        "select date_diff('day', created_at, now.as_of) from tickets",
        "select timestamptz '2026-01-01 00:00:00+02' as as_of",
        "select last_value(agent_id ignore nulls) over so_far from assignments",
        "with recursive steps as (\n    select a from b\n    union\n    select a from steps\n)\nselect a from steps",
        "select unnest(string_split(words, ',')) from surveys",
        "select * from generate_series(1, 3)",
        "select regexp_matches(name, '[a-z]') from names",
        "select cast(ticket_id as varchar) as ticket_id from tickets",
        "select cast(null as hugeint) as row_count",
        "select ticket_id::text from tickets",
        "select * from read_csv('tickets.csv')",
    ],
)
def test_what_is_put_in_is_found(sql: str) -> None:
    assert unportable(f"-- A comment.\n{sql}")


@pytest.mark.parametrize(
    "sql",
    [
        "select cast(null as string) as text, cast(a as decimal(18, 4)) as b -- timezone('UTC', a)",
        "with a as (select 1 as b union select 2 as b) select * from a",
        'select {{ to_local_date("now.as_of", reporting_timezone()) }} as local_date',
    ],
)
def test_what_both_engines_read_is_no_fault(sql: str) -> None:
    assert unportable(sql) == []
