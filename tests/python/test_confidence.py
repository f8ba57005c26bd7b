"""What is withheld of answers given in confidence can't be worked out from what is told: the equations are solved.

Two things are known of the cells of a slice: values add up to overall, and months to their quarter. With them, and with
all numbers that are told, a withheld cell must be able to be something else; and where a sum of withheld cells is
known, it is of enough people. Rows are made up in the place of `fct_agent_survey_responses`, and what follows from it
is built by the project's models.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import COMPARED
from cxmart.publish import contents
from independent.calculation import KPIS, Place, withheld
from independent.harness import CURRENCY, Warehouse, catalog, compile_project, insert, shipped_config
from independent.world import Observation, period_start, read_world

KPI = "agent_satisfaction"
ENOUGH = catalog()[KPI]["min_respondents"]
SLICES = ("team", "survey_dimension", "source")
FACT = "model.cxmart.fct_agent_survey_responses"
MODELS = ("model.cxmart.kpi_values", "model.cxmart.kpi_scorecard")
QUARTERS = [date(2026, month, 1) for month in (1, 4, 7, 10)]
MONTHS = [date(2026, month, 1) for month in (1, 2, 3)]
YEAR_END = datetime(2027, 1, 1, tzinfo=UTC)

# A slice, its value, the grain and the start of the period.
Cell = tuple[str, str, str, date]
Equation = dict[Cell, Fraction]


@dataclass(frozen=True)
class Answer:
    """What a person answered to one question."""

    at: datetime
    person: str
    score: int
    team: str | None
    survey_dimension: str
    source: str

    def cells(self) -> Iterator[Cell]:
        """The cells that it is in."""
        for grain in ("month", "quarter"):
            start = period_start(grain, self.at.date())
            yield "overall", "all", grain, start
            for name in SLICES:
                yield name, getattr(self, name) or "(none)", grain, start


def people_of(answers: Iterable[Answer]) -> dict[Cell, set[str]]:
    """Who answered, by cell."""
    found = defaultdict(set)
    for answer in answers:
        for cell in answer.cells():
            found[cell].add(answer.person)
    return dict(found)


# --------------------------------------------------------------------------------------------- what can be worked out


def equations(cells: Iterable[Cell]) -> list[Equation]:
    """Sums that are 0: months less their quarter, values less overall. A cell that is not there holds no answer."""
    cells = list(cells)
    slices = {cell[0] for cell in cells} - {"overall"}
    rows: dict[Any, Equation] = defaultdict(dict)
    for cell in cells:
        name, value, grain, start = cell
        rows["months", name, value, period_start("quarter", start)][cell] = Fraction(-1 if grain == "quarter" else 1)
        for each in slices if name == "overall" else (name,):
            rows["values", each, grain, start][cell] = Fraction(-1 if name == "overall" else 1)
    return list(rows.values())


class Solved:
    """What linear equations say of their unknowns, in reduced row echelon form; all else in them is known."""

    def __init__(self, rows: Iterable[Mapping[Cell, Fraction]], unknown: Iterable[Cell]) -> None:
        unknown = set(unknown)
        self.rows: dict[Cell, Equation] = {}
        for row in rows:
            self.add({cell: factor for cell, factor in row.items() if cell in unknown})

    def add(self, row: Equation) -> None:
        rest = self.rest(row)
        if not rest:
            return
        pivot = min(rest)
        rest = {cell: factor / rest[pivot] for cell, factor in rest.items()}
        for leading, other in self.rows.items():
            if pivot in other:
                self.rows[leading] = less(other, other[pivot], rest)
        self.rows[pivot] = rest

    def rest(self, row: Equation) -> Equation:
        """What of a sum the equations do not tell."""
        for pivot in [cell for cell in row if cell in self.rows]:
            row = less(row, row[pivot], self.rows[pivot])
        return row

    def determined(self) -> set[Cell]:
        """The unknowns that can be one number only."""
        return {cell for cell, row in self.rows.items() if len(row) == 1}

    def tells(self, cells: Iterable[Cell]) -> bool:
        """Whether the sum of cells can be one number only."""
        return not self.rest(dict.fromkeys(cells, Fraction(1)))


def less(row: Equation, factor: Fraction, other: Equation) -> Equation:
    """A row less a multiple of another one."""
    found = dict(row)
    for cell, number in other.items():
        found[cell] = found.get(cell, Fraction(0)) - factor * number
    return {cell: number for cell, number in found.items() if number}


def sums_of_few(solved: Solved, unknown: Iterable[Cell], people: Mapping[Cell, set[str]]) -> list[list[Cell]]:
    """Withheld months of a slice that are of too few people together, though their sum is known."""

    def place_of(cell: Cell) -> tuple[str, date]:
        return cell[0], period_start("quarter", cell[3])

    found = []
    small = sorted(cell for cell in unknown if cell[2] == "month" and len(people[cell]) < ENOUGH)

    def look(chosen: list[Cell], those: set[str], first: int) -> None:
        for place in range(first, len(small)):
            cell = small[place]
            if chosen and place_of(chosen[0]) != place_of(cell):
                continue
            if len(those | people[cell]) < ENOUGH:
                if solved.tells([*chosen, cell]):
                    found.append([*chosen, cell])
                look([*chosen, cell], those | people[cell], place + 1)

    look([], set(), 0)
    return found


def test_the_solver_finds_what_can_be_worked_out() -> None:
    """Holes of the definition before: by dimension, by source and through the quarter one cell alone was withheld."""
    cells = [
        (name, value, grain, start)
        for name, values in {"overall": ["all"], "team": ["n", "s", "w"], "source": ["desk"]}.items()
        for value in values
        for grain, starts in {"month": MONTHS, "quarter": QUARTERS[:1]}.items()
        for start in starts
    ]
    known = equations(cells)
    january, february, march = (lambda team, month=month: ("team", team, "month", month) for month in MONTHS)
    assert Solved(known, [january("n")]).determined() == {january("n")}
    # Two teams, but the quarter less two months tells of each.
    assert Solved(known, [january("n"), january("s")]).determined() == {january("n"), january("s")}
    square = [january("n"), january("s"), february("n"), february("s")]
    assert Solved(known, square).determined() == set()
    # Known are the sums of a month and of a team, and no other.
    assert Solved(known, square).tells(square[:2])
    assert Solved(known, square).tells(square[::2])
    assert not Solved(known, square).tells([january("n"), february("s")])
    assert Solved(known, [*square, march("n")]).determined() == {march("n")}
    # A slice with one value is overall, whatever it is called.
    desk = [("source", "desk", "month", month) for month in MONTHS[:2]]
    overall = [("overall", "all", "month", month) for month in MONTHS[:2]]
    assert Solved(known, desk).determined() == set(desk)
    teams = [february("n"), january("n")]
    assert Solved(known, desk + overall + teams).determined() == set()
    assert Solved(known, desk + overall).determined() == set(desk + overall)


# ------------------------------------------------------------------------------------------------------ what is told


class Marts:
    """The published tables that follow from answers of agents."""

    def __init__(self, manifest: dict[str, Any]) -> None:
        self.warehouse = Warehouse(manifest, MODELS)
        nodes = manifest["nodes"]
        after = {FACT}
        self.later = []
        for model in self.warehouse.models:
            if after.intersection(nodes[f"model.cxmart.{model['name']}"]["depends_on"]["nodes"]):
                after.add(f"model.cxmart.{model['name']}")
                self.later += [model] if model["config"]["materialized"] != "view" else []
        self.fact = nodes[FACT]["relation_name"]
        self.columns = {name: column["data_type"] for name, column in nodes[FACT]["columns"].items()}
        # So that there is an instant that the warehouse is at, and a table of surveys.
        at = datetime(2025, 12, 31, 12, tzinfo=UTC)
        survey = {"survey_id": "v", "survey_type": "csat", "sent_at": at, "_load_id": 1, "_line": 1}
        self.raw = {"survey_responses": [survey | {"_loaded_at": at + timedelta(days=1)}]}
        self.warehouse.build(self.raw, shipped_config())

    def publish(
        self, answers: Iterable[Answer], as_of: datetime, *, with_scorecard: bool = False
    ) -> dict[Cell, float | None]:
        """The numerators of the cells of kpi_values; none of withheld ones."""
        run = self.warehouse.database.execute
        run("update build.intermediate.int_warehouse__as_of set as_of = ?", [as_of.replace(tzinfo=None)])
        run(f"delete from {self.fact}")
        rows = [
            {
                "survey_id": str(number),
                "source": answer.source,
                "survey_dimension": answer.survey_dimension,
                "respondent_id": answer.person,
                "team": answer.team,
                "common_score": answer.score,
                "responded_at": answer.at,
                "has_response": True,
            }
            for number, answer in enumerate(answers)
            if answer.at <= as_of
        ]
        insert(self.warehouse.database, self.fact, self.columns, rows)
        for model in self.later:
            if model["name"] == "kpi_scorecard" and not with_scorecard:
                continue
            run(f"delete from {model['relation_name']}")
            run(f"execute {model['name']}")
        found: dict[Cell, float | None] = {}
        for name, value, grain, start, *numbers in self.warehouse.rows(
            "select slice, slice_value, grain, period_start, numerator, denominator, value, sample_size, median, p90 "
            f"from build.marts.kpi_values where kpi_id = '{KPI}'"
        ):
            if numbers[1] != 0:  # A period in which nobody answered.
                found[name, value, grain, start] = numbers[0]
                if numbers[0] is None:
                    assert numbers == [None] * len(numbers)
        return found

    def means(self, grain: str) -> list[float]:
        """What kpi_values tells of overall, in order."""
        return [
            mean
            for (mean,) in self.warehouse.rows(
                f"select value from build.marts.kpi_values where kpi_id = '{KPI}' and grain = '{grain}' "
                "and slice = 'overall' and value is not null order by period_start"
            )
        ]


@pytest.fixture(scope="module")
def marts(target_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Marts:
    return Marts(compile_project("UTC", tmp_path_factory.mktemp("compiled"), target_path))


def untold(cells: Mapping[Cell, float | None]) -> set[Cell]:
    return {cell for cell, number in cells.items() if number is None}


def answers_of_a_quarter(draw: random.Random, quarter: date) -> list[Answer]:
    """What people answered: those of a team each month, or now these and now those, some of them, or none."""
    teams = draw.choice([1, 2, 2, 3, 3, 4])
    sizes = [draw.choice([2, 3, 5, 6, 8]) for _ in range(teams)]
    is_monthly, may_move = draw.random() < 0.5, draw.random() < 0.2
    months = draw.choice([(0, 1, 2), (0, 1, 2), (0, 2), (1,)])
    dimensions, sources = draw.choice(["a", "ab", "abc"]), draw.choice([1, 1, 2, 3])
    has_own_dimension, has_own_source = draw.random() < 0.2, draw.random() < 0.5
    answered = draw.choice([0.6, 0.9, 1])
    found = []
    for month in months:
        for team, size in enumerate(sizes):
            first, count = (
                (0, size) if is_monthly else (draw.choice([0, 0, 3, 5]), draw.choice([0, 0, 1, 2, 3, 4, 5, 6]))
            )
            for number in range(first, first + count):
                now = draw.randrange(teams) if may_move and draw.random() < 0.3 else team
                asked = dimensions[now % len(dimensions)] if has_own_dimension else dimensions
                found += [
                    Answer(
                        at=datetime(2026, quarter.month + month, 2 + 2 * number, 12, tzinfo=UTC),
                        person=f"p{team}{number}",
                        score=draw.randint(1, 5),
                        team=f"t{now}" if now else None,
                        survey_dimension=dimension,
                        source=f"s{(now if has_own_source else number) % sources}",
                    )
                    for dimension in asked
                    if not is_monthly or draw.random() < answered
                ]
    return found


def answers_of_a_year(seed: int) -> list[Answer]:
    """Four such quarters, the same ones for the same number."""
    draw = random.Random(seed)
    return [answer for quarter in QUARTERS for answer in answers_of_a_quarter(draw, quarter)]


def check(answers: list[Answer], as_of: datetime, told: Mapping[Cell, float | None]) -> None:
    """Hold what is told at an instant to the definition of disclosure."""
    answers = [answer for answer in answers if answer.at <= as_of]
    people = people_of(answers)
    assert told.keys() == people.keys()
    unknown = untold(told)
    for cell, number in told.items():
        if number is not None:
            assert len(people[cell]) >= ENOUGH, cell
            assert cell[2] == "quarter" or (cell[3] + timedelta(days=31)).replace(day=1) <= as_of.date(), cell
            assert number == sum(answer.score for answer in answers if cell in answer.cells())
    solved = Solved(equations(told), unknown)
    assert solved.determined() == set()
    assert sums_of_few(solved, unknown, people) == []


def look_at_years(marts: Marts, seeds: range) -> None:
    for seed in seeds:
        answers = answers_of_a_year(seed)
        # At the end of the year, or in its last quarter.
        as_of = (YEAR_END, datetime(2026, 12, 15, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))[max(seed % 4 - 1, 0)]
        told = marts.publish(answers, as_of)
        check(answers, as_of, told)
        assert untold(told) == independently_withheld(marts, answers, as_of), seed
        COMPARED.update({"confidential cells": len(told)})


def test_no_withheld_cell_can_be_worked_out(marts: Marts) -> None:
    look_at_years(marts, range(40))


@pytest.mark.slow
def test_no_withheld_cell_can_be_worked_out_of_many(marts: Marts) -> None:
    look_at_years(marts, range(40, 600))


def independently_withheld(marts: Marts, answers: list[Answer], as_of: datetime) -> set[Cell]:
    """What the second calculation withholds."""
    world = read_world(marts.raw, "UTC", CURRENCY, shipped_config(), as_of)
    members: dict[Place, list[Observation]] = defaultdict(list)
    for answer in answers:
        if answer.at <= as_of:
            for name, value, grain, start in answer.cells():
                members[grain, start, name, value].append(Observation(answer.at, [], subject=answer.person))
    assert world is not None
    return {(*place[2:], *place[:2]) for place in withheld(world, KPIS[KPI], members)}


def test_publications_one_after_another_tell_no_more(marts: Marts) -> None:
    """Who keeps every file that was ever published knows no more than the last one tells, if no answer came late."""

    for seed in range(8):
        answers, draw = answers_of_a_year(seed), random.Random(seed)
        told = marts.publish(answers, YEAR_END)
        rows = equations(told)
        for day in sorted(draw.sample(range(20, 365), 6)):
            as_of = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
            earlier = marts.publish(answers, as_of)
            check(answers, as_of, earlier)
            for (name, value, grain, start), number in earlier.items():
                if number is None:
                    continue
                # A quarter is made of its months so far; a month that is told is over, and stays as it is.
                months = [
                    cell
                    for cell in earlier
                    if cell[:3] == (name, value, "month") and start in (cell[3], period_start(grain, cell[3]))
                ]
                assert all(month[3] < as_of.date().replace(day=1) for month in months)
                rows.append(dict.fromkeys(months, Fraction(1)))
        solved = Solved(rows, untold(told))
        assert solved.determined() == set(), seed
        assert sums_of_few(solved, untold(told), people_of(answers)) == [], seed


def some_answers() -> list[Answer]:
    """Of a large team, a small one, and one that is barely large enough, in each month of a quarter."""
    return [
        Answer(
            at=datetime(2026, month.month, 10, tzinfo=UTC),
            person=f"{team}{number}",
            score=1 + number % 5,
            team=team,
            survey_dimension=dimension,
            source="desk",
        )
        for month in MONTHS
        for team, size in {"north": 12, "east": 3, "south": 5 if month == MONTHS[0] else 6}.items()
        for number in range(size)
        for dimension in ("tools", "workload")
    ]


def test_few_are_withheld_where_all_teams_answer(marts: Marts) -> None:
    """Of a small team and its company everything is withheld, and nothing else is."""
    told = marts.publish(some_answers(), YEAR_END)
    assert untold(told) == {cell for cell in told if cell[1] in ("east", "south")}
    check(some_answers(), YEAR_END, told)


@pytest.mark.parametrize("as_of", [datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 3, 15, tzinfo=UTC)])
def test_the_scorecard_and_the_wide_views_tell_no_more(marts: Marts, as_of: datetime) -> None:
    """They have values of overall alone, told or not as in `kpi_values`."""
    answers = [answer for answer in some_answers() if answer.team == "south" or answer.at.month != 2]
    answers = [
        answer for answer in answers if answer.team != "south" or answer.at.month != 2 or answer.person < "south4"
    ]
    told = marts.publish(answers, as_of, with_scorecard=True)
    values = {(grain, start): number for (name, _, grain, start), number in told.items() if name == "overall"}
    # Four people answered in February, so that the quarter is not told either; in March it is not over.
    assert [values["month", month] is None for month in MONTHS] == [False, True, as_of.month == 3]
    assert values["quarter", QUARTERS[0]] is None

    scorecard = marts.warehouse.rows(
        "select grain, period_start, numerator, value, previous_period_start, previous_value, change, trend "
        f"from build.marts.kpi_scorecard where kpi_id = '{KPI}'"
    )
    assert {grain for grain, *_ in scorecard} == {"month", "quarter"}
    for grain, start, numerator, value, previous, previous_value, change, trend in scorecard:
        assert numerator == values.get((grain, start))
        for period, mean in ((start, value), (previous, previous_value)):
            assert (mean is None) == (values.get((grain, period)) is None)
        assert change is None
        assert [mean for mean in trend or [] if mean is not None] == marts.means(grain)

    with duckdb.connect(":memory:") as published:
        for table, columns in {
            "kpi_values": "kpi_id varchar, grain varchar, period_start date, period_start_at timestamp, slice varchar, "
            "slice_value varchar, value double, maturity varchar",
            "kpi_catalog": "kpi_id varchar, grains varchar, title varchar, unit varchar, kpi_order integer",
        }.items():
            published.execute(f"create table {table} ({columns})")
            names = ", ".join(column.split()[0] for column in columns.split(", "))
            for row in marts.warehouse.rows(f"select {names} from build.marts.{table} where kpi_id = '{KPI}'"):
                published.execute(f"insert into {table} values ({', '.join('?' * len(row))})", row)
        contents.make_wide_views(published)
        for grain in ("month", "quarter"):
            wide = published.execute(f"select {KPI} from kpi_{grain}_wide order by period_start").fetchall()
            assert [mean for (mean,) in wide if mean is not None] == marts.means(grain)
