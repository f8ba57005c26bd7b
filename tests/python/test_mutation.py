"""The mutants of the models: that operators do what they say, and that proofs are of today's models."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from mutation.mutate import PROJECT_ROOT, Mutant, all_mutants, paths, todays_mutants
from mutation.operators import OPERATORS, Source
from mutation.page import NO_MUTANT, equivalents, fates_of, listing, page
from mutation.run import rounds_of

# A source for each operator, and what it becomes.
EXAMPLES = {
    "inner_for_left_join": ("from a left join b on x", ["from a inner join b on x"]),
    "left_for_inner_join": ("from a inner join b on x", ["from a left join b on x"]),
    "edge_left_out": ("a <= b and c >= d", ["a < b and c >= d", "a <= b and c > d"]),
    "edge_taken_in": ("a < b and c <> d", ["a <= b and c <> d"]),
    "edges_of_between": (
        "a between b and f(c, d) and a not between 1 and 2 then",
        [
            "(a >= b and a < f(c, d)) and a not between 1 and 2 then",
            "a between b and f(c, d) and (a < 1 or a >= 2) then",
        ],
    ),
    "branch_dropped": (
        "case when a then 1 when b and c then 2 end, case when d then 'x' else y end",
        [
            "case when b and c then 2 end, case when d then 'x' else y end",
            "case when a then 1 end, case when d then 'x' else y end",
            "case when a then 1 when b and c then 2 end, y",
        ],
    ),
    "else_dropped": ("case when a then 1 else case b when 2 then 3 end end", ["case when a then 1 end"]),
    "reading_dropped": ("coalesce(a, f(b, c))", ["(f(b, c))", "(a)"]),
    "where_dropped": ("from a where b = 1 group by c", ["from a group by c"]),
    "condition_dropped": (
        "from a join b on a.x = b.x and a.y is not distinct from b.y where c and (d or e)",
        [
            "from a join b on a.x = b.x where c and (d or e)",
            "from a join b on a.x = b.x and a.y is not distinct from b.y where c",
            "from a join b on a.x = b.x and a.y is not distinct from b.y where (d or e)",
            "from a join b on a.x = b.x and a.y is not distinct from b.y where c and (d)",
            "from a join b on a.x = b.x and a.y is not distinct from b.y where c and (e)",
        ],
    ),
    "and_or_swapped": ("where a between 1 and 2 and b", ["where a between 1 and 2 or b"]),
    "item_dropped": ("a in ('x', 'y')", ["a in ('x')", "a in ('y')"]),
    "comparison_turned": ("a = 'x' and b = c", ["a <> 'x' and b = c"]),
    "null_test_turned": ("a is null, b is not null", ["a is not null, b is not null", "a is null, b is null"]),
    "nulls_unequal": ("a is not distinct from b", ["a = b"]),
    "truth_turned": ("not a or true", ["not a or false", "a or true"]),
    "utc_for_local_time": ("{{ to_local_date('a', reporting_timezone()) }}", ["{{ to_local_date('a', \"UTC\") }}"]),
    "tie_break_dropped": ("over (order by a nulls last, b desc)", ["over (order by a nulls last)"]),
    "order_turned": (
        "over (order by a nulls last, b desc nulls last)",
        ["over (order by a desc nulls last, b desc nulls last)", "over (order by a nulls last, b nulls last)"],
    ),
    "partition_key_dropped": (
        "over (partition by a, b order by c), over (partition by d)",
        [
            "over (partition by a order by c), over (partition by d)",
            "over (partition by b order by c), over (partition by d)",
            "over (partition by a, b order by c), over ()",
        ],
    ),
    "rank_for_row_number": ("row_number() over ()", ["rank() over ()"]),
    "frame_changed": (
        "rows between unbounded preceding and 1 preceding",
        ["rows between unbounded preceding and current row"],
    ),
    "neighbour_swapped": ("lead(a) over ()", ["lag(a) over ()"]),
    "distinct_dropped": ("count(distinct a), b is distinct from c", ["count(a), b is distinct from c"]),
    "union_for_union_all": ("a union all b union c", ["a union b union c", "a union all b union all c"]),
    "extreme_swapped": ("min(a), greatest(b, c)", ["max(a), greatest(b, c)", "min(a), least(b, c)"]),
    "mean_for_sum": ("sum(a) / sum(b)", ["avg(a) / sum(b)", "sum(a) / avg(b)"]),
    "window_length": (
        'a + interval 7 day, b + {{ window_interval("x") }}, {{ window_seconds("y") }}',
        [
            'a + interval 8 day, b + {{ window_interval("x") }}, {{ window_seconds("y") }}',
            'a + interval 7 day, b + {{ window_interval("x") }} + interval 1 day, {{ window_seconds("y") }}',
            'a + interval 7 day, b + {{ window_interval("x") }}, {{ window_seconds("y") + 1 }}',
        ],
    ),
    "number_changed": ("a > 3 and b = 'x 4'", ["a > 4 and b = 'x 4'"]),
    "numerator_changed": (
        "1 as numerator, case when a then 1 else 0 end as numerator",
        [
            "0 as numerator, case when a then 1 else 0 end as numerator",
            "1 as numerator, case when a then 0 else 1 end as numerator",
        ],
    ),
    "denominator_changed": ("1 as denominator", ["0 as denominator", "2 as denominator"]),
    "wrong_anchor": ("a.created_at as measured_at", ["a.resolved_at as measured_at"]),
    "slice_lost": (
        "select\n    source,\n    a.channel,\n    agent_id as agent\nfrom a",
        [
            "select\n    source,\n    cast(null as string) as channel,\n    agent_id as agent\nfrom a",
            "select\n    source,\n    agent_id as channel,\n    agent_id as agent\nfrom a",
            "select\n    source,\n    a.channel,\n    cast(null as string) as agent\nfrom a",
            "select\n    source,\n    a.channel,\n    a.channel as agent\nfrom a",
        ],
    ),
    "other_column": ("a.sent_at > a.read_at", ["a.read_at > a.read_at", "a.sent_at > a.sent_at"]),
}
OF_KPIS = {"numerator_changed", "denominator_changed", "wrong_anchor", "slice_lost"}


@pytest.fixture(scope="module")
def mutants() -> list[Mutant]:
    return todays_mutants()


@pytest.fixture(scope="module")
def places() -> list[Mutant]:
    """Every mutant that could be run."""
    return [mutant for path in paths(PROJECT_ROOT) for mutant in all_mutants(PROJECT_ROOT, path)]


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_makes_what_it_says(name: str) -> None:
    text, expected = EXAMPLES[name]
    source = Source("a", text, is_kpi=name in OF_KPIS, instants=("created_at", "resolved_at"))
    made = [text[: edit.start] + edit.text + text[edit.end :] for edit in OPERATORS[name](source)]
    assert sorted(made) == sorted(expected)


def test_comments_are_left_alone() -> None:
    source = Source(
        "a", "-- where a <= 1 and not b\n{# left join c #}\n{% if a <= 1 and not b %}\nselect a", is_kpi=True
    )
    assert [name for name, function in OPERATORS.items() if list(function(source))] == []


def test_every_operator_has_mutants_that_are_run(mutants: list[Mutant]) -> None:
    assert {mutant.operator for mutant in mutants} == set(OPERATORS)


def test_every_kpi_has_several_mutants(mutants: list[Mutant]) -> None:
    made = Counter(mutant.path for mutant in mutants)
    kpis = [path for path in paths(PROJECT_ROOT) if path.startswith("models/marts/kpis/")]
    assert len(kpis) == len(list((PROJECT_ROOT / "models/marts/kpis").rglob("*.sql")))
    assert [path for path in kpis if made[path] < 4] == []


def test_keys_tell_mutants_apart(places: list[Mutant]) -> None:
    assert len({mutant.key for mutant in places}) == len(places)


def test_a_round_has_one_mutant_a_file_and_all_are_in_one(mutants: list[Mutant]) -> None:
    rounds = list(rounds_of(mutants))
    assert all(len({mutant.path for mutant in together}) == len(together) for together in rounds)
    assert sorted(mutant.key for together in rounds for mutant in together) == sorted(mutant.key for mutant in mutants)


def test_proofs_are_of_todays_mutants(mutants: list[Mutant]) -> None:
    """A model that changed has other mutants: a proof of one that is no more says nothing."""
    assert equivalents(mutants)


def test_the_page_tells_what_became_of_mutants(mutants: list[Mutant]) -> None:
    known = equivalents(mutants)
    left = [mutant for mutant in mutants if mutant.key not in known]
    alive, none, caught = left[0], left[1], left[2:]
    results = {mutant.key: ("unit test", "a test") for mutant in caught} | {alive.key: ("nothing", "")}
    fates = fates_of(mutants, results | {none.key: (NO_MUTANT, "it is no SQL")}, known)
    written = page(mutants, 5_000, fates, known)
    numbers = f"| {len(mutants) - 1} | {len(caught)} | {len(known)} | 1 |"
    assert f"| **all** | {numbers[2:]}" in written and "find 5,000 places" in written
    assert all(proof.change in written for proof in known.values())
    assert listing(mutants, fates).count("| unit test: a test |") == len(caught)


def test_a_macro_ends_where_it_ends() -> None:
    text = "{% macro a() %}\nselect b from c where d\n{% endmacro %}\n\n{% macro e() %}\nand f\n{% endmacro %}"
    (edit,) = OPERATORS["where_dropped"](Source("macros/a.sql", text))
    assert text[edit.start : edit.end] == " where d"


@pytest.mark.slow
def test_mutants_are_caught_or_reported(tmp_path: Path) -> None:
    """A run from end to end on two models; one of the mutants is equivalent, and alive unless the proofs say so."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CXMART_", "DBT_"))}
    environment["PYTHONPATH"] = os.pathsep.join(str(PROJECT_ROOT / folder) for folder in ("tests", "tests/python"))
    before = {path: (PROJECT_ROOT / path).read_text() for path in paths(PROJECT_ROOT)}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        models = ("--model", "fct_replies", "--model", "int_tickets__spell_turns")
        return subprocess.run(
            [
                *(sys.executable, "-m", "mutation.run", "--work", str(tmp_path / "work"), "--no-page"),
                *(*models, "--sample", "12", "--data-sets", "2", *arguments),
            ],
            env=environment,
            cwd=PROJECT_ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    no_proofs = tmp_path / "none.toml"
    no_proofs.touch()
    unexplained = run("--proofs", str(no_proofs))
    assert unexplained.returncode == 1, unexplained.stdout + unexplained.stderr
    alive = [line for line in unexplained.stdout.splitlines() if line.startswith("ALIVE")]
    assert len(alive) == 1 and "fct_replies.sql:15  left_for_inner_join" in alive[0]
    # What was caught is kept: the second run looks at the one mutant alone.
    explained = run()
    assert explained.returncode == 0, explained.stdout + explained.stderr
    assert "compiling, round 1 of 1: 1 mutants" in explained.stdout
    assert ", 0 alive" in explained.stdout
    assert before == {path: (PROJECT_ROOT / path).read_text() for path in paths(PROJECT_ROOT)}
