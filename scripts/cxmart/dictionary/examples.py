"""A small cell of a built warehouse, worked out from its observations and held against `kpi_values`.

Each figure is calculated here from what the KPI's view lists. Where that is not what the warehouse publishes, there is
no example but an error.
"""

import math
import shlex
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from cxmart.base.database import Connection, literal, one_row, quoted
from cxmart.base.errors import CxmartError
from cxmart.base.formats import count, number
from cxmart.contract.kpi_catalog import Kpi, Project
from cxmart.dictionary.markdown import table

# How many observations an example shows at most, and how many are pleasant to read.
MOST_OBSERVATIONS = 24
FEW_OBSERVATIONS = 6

GRAINS = ("day", "week", "month", "quarter")


@dataclass(frozen=True)
class Cell:
    """A cell of `kpi_values`: dates are local, and the period ends before `period_end`."""

    grain: str
    period_start: date
    period_end: date
    period_label: str
    slice: str
    slice_value: str
    numerator: float | None
    denominator: float | None
    value: float
    median: float | None
    p90: float | None

    @property
    def name(self) -> str:
        """The cell in words."""
        where = "overall" if self.slice == "overall" else f"{self.slice.replace('_', ' ')} `{self.slice_value}`"
        return f"{self.grain} {self.period_label}, {where}"


@dataclass(frozen=True)
class Observation:
    """A row of a KPI's view in a cell, with the local time that dates it."""

    observation_id: str
    at: datetime
    subject_id: str | None
    numerator: Fraction | None
    denominator: Fraction | None
    exclusion_reason: str | None


class Examples:
    """Writes the examples of a built warehouse."""

    def __init__(self, build: Connection, project: Project) -> None:
        """Take an open build and what the dictionary is made of.

        Args:
            build: a connection to build.duckdb; it gets a temporary table.
            project: the KPIs and reasons of the project's files.

        Raises:
            CxmartError: the warehouse was built from another catalogue.
        """
        self.build = build
        self.project = project
        self.timezone, self.currency = one_row(
            build, "select reporting_timezone, reporting_currency from main.cxmart_build"
        )
        built = build.execute("select kpi_id, kpi_version, slices from marts.kpi_catalog order by kpi_order").fetchall()
        here = [(kpi.kpi_id, kpi.entry["version"], ",".join(["overall", *kpi.slices])) for kpi in project.kpis]
        forms = build.execute(
            "select kpi_id, slice, slice_form from marts.kpi_slices where slice <> 'overall'"
        ).fetchall()
        if built != here or set(forms) != {(kpi.kpi_id, *form) for kpi in project.kpis for form in kpi.slices.items()}:
            raise CxmartError("the warehouse was built from another catalogue; build it again")

    def section(self, kpi: Kpi) -> str:
        """Write what follows the heading of a KPI's example, as Markdown that ends with a line break.

        Raises:
            CxmartError: no cell is small enough, or what is calculated is not what is published.
        """
        self._look_at(kpi)
        work: Callable[[Kpi], list[str]] = self._of_observations
        if kpi.entry["movements"]:
            work = self._of_movements
        elif kpi.kind == "stock":
            work = self._of_newest_review
        elif kpi.kind == "confidential":
            work = self._of_sums
        elif kpi.kind == "retained":
            work = self._of_returning_people
        return "\n\n".join([*self._left_out_in_all(kpi), *work(kpi)]) + "\n"

    def _look_at(self, kpi: Kpi) -> None:
        """Put the rows of a KPI's view in a temporary table, with their local time, so that the view runs once."""
        self.build.execute(
            f"""
            create or replace temporary table observed as
            select *, {self._local("measured_at")} as local_time
            from kpis.{quoted(kpi.kpi_id)}
            """
        )

    def _left_out_in_all(self, kpi: Kpi) -> list[str]:
        if kpi.kind == "stock":
            return []
        (counted,) = one_row(
            self.build, "select count(distinct observation_id) from observed where exclusion_reason is null"
        )
        left_out = self.build.execute(
            """
            select exclusion_reason, cast(sum(observations) as bigint) as observations
            from marts.kpi_exclusions
            where kpi_id = ?
            group by all
            order by observations desc, exclusion_reason
            """,
            [kpi.kpi_id],
        ).fetchall()
        told = ", ".join(f"{count(rows)} `{reason}`" for reason, rows in left_out) or "none"
        return [f"Over all of its time {count(counted)} observations count. Left out: {told}."]

    # Which cell

    def _cell(self, kpi: Kpi, query: str, *parameters: object) -> Cell:
        """The first cell that a query of (grain, period_start, slice, slice_value) gives."""
        found = self.build.execute(query, list(parameters)).fetchone()
        if not found:
            raise CxmartError(f"no cell of {kpi.kpi_id} is small enough to be worked out")
        return self._published(kpi, *found[:4])

    def _published(self, kpi: Kpi, grain: str, period_start: date, slice_name: str, slice_value: str) -> Cell:
        published = one_row(
            self.build,
            """
            select
                cells.grain, cells.period_start, periods.period_end, periods.period_label, cells.slice,
                cells.slice_value, cells.numerator, cells.denominator, cells.value, cells.median, cells.p90
            from marts.kpi_values as cells
            inner join marts.dim_periods as periods using (grain, period_start_at)
            where cells.kpi_id = ? and cells.grain = ? and cells.period_start = ? and cells.slice = ?
                and cells.slice_value = ?
            """,
            [kpi.kpi_id, grain, period_start, slice_name, slice_value],
        )
        return Cell(*published)

    def _of_slice(self, kpi: Kpi, slice_name: str) -> str:
        """The condition on rows of a KPI's view that count in a slice."""
        if "own_rows" not in kpi.slices.values():
            return "true"
        is_own = kpi.slices.get(slice_name) == "own_rows"
        return f"only_slice = {literal(slice_name)}" if is_own else "only_slice is null"

    def _local(self, timestamp: str) -> str:
        return f"timezone({literal(self.timezone)}, timezone('UTC', {timestamp}))"

    def _small_cell(self, kpi: Kpi) -> Cell:
        """Choose a final cell of few observations; if it can be one with something left out, and neither 0 nor 1."""
        branches = []
        for rank, (name, form) in enumerate({"overall": "partition", **kpi.slices}.items()):
            if form == "share":
                continue
            value = "'all'" if name == "overall" else f"cast({quoted(name)} as varchar)"
            for grain in GRAINS:
                if grain not in kpi.grains:
                    continue
                of_grain = f"only_grain = {literal(grain)}" if kpi.kind == "per_period" else "true"
                branches.append(
                    f"""
                    select
                        {literal(grain)} as grain,
                        cast(date_trunc({literal(grain)}, local_time) as date) as period_start,
                        {literal(name)} as slice,
                        {value} as slice_value,
                        {rank} as slice_rank,
                        count(*) filter (exclusion_reason is null) as counted,
                        count(distinct numerator) filter (exclusion_reason is null) as different,
                        count(*) filter (exclusion_reason is not null) as left_out
                    from observed
                    where {self._of_slice(kpi, name)} and {of_grain} and local_time is not null
                    group by all
                    """
                )
        return self._cell(
            kpi,
            f"""
            with cells as ({" union all ".join(branches)})
            select grain, period_start, slice, slice_value
            from cells
            inner join marts.kpi_values as published using (grain, period_start, slice, slice_value)
            where published.kpi_id = ? and published.maturity = 'final' and published.value is not null
                and cells.counted between 2 and {MOST_OBSERVATIONS} and cells.left_out <= {FEW_OBSERVATIONS}
            order by
                cells.counted <= {FEW_OBSERVATIONS} desc,
                published.numerator > 0 and published.numerator is distinct from published.denominator desc,
                published.denominator is null or cells.different > 1 desc,
                cells.left_out between 1 and 3 desc,
                slice in ('overall', 'source') or grain <> 'month' desc,
                abs(cells.counted - 4),
                list_position(['day', 'week', 'month', 'quarter'], grain),
                slice_rank,
                period_start desc,
                slice_value
            limit 1
            """,
            kpi.kpi_id,
        )

    def _observations(self, kpi: Kpi, cell: Cell, first_date: date | None = None) -> list[Observation]:
        """The rows of a KPI's view in a cell, those left out too; from an earlier date on if one is given."""
        value = "'all'" if cell.slice == "overall" else f"coalesce(cast({quoted(cell.slice)} as varchar), '(none)')"
        subject = "subject_id" if kpi.entry["counts_people"] else "null"
        of_grain = f"only_grain = {literal(cell.grain)}" if kpi.kind == "per_period" else "true"
        rows = self.build.execute(
            f"""
            select
                observation_id,
                local_time,
                {subject},
                cast(cast(numerator as decimal(38, 12)) as varchar),
                cast(cast(denominator as decimal(38, 12)) as varchar),
                exclusion_reason
            from observed
            where cast(local_time as date) >= ? and cast(local_time as date) < ?
                and {value} = ? and {self._of_slice(kpi, cell.slice)} and {of_grain}
            order by local_time, observation_id, numerator, denominator
            """,
            [first_date or cell.period_start, cell.period_end, cell.slice_value],
        ).fetchall()
        return [
            Observation(name, at, who, _fraction(numerator), _fraction(denominator), reason)
            for name, at, who, numerator, denominator, reason in rows
        ]

    # How it is worked out

    def _of_observations(self, kpi: Kpi) -> list[str]:
        cell = self._small_cell(kpi)
        rows = self._observations(kpi, cell)
        counted = [row for row in rows if row.exclusion_reason is None]
        is_of_people = kpi.kind == "distinct"
        numerators = [row.numerator for row in counted if row.numerator is not None]
        if kpi.kind in ("count", "sum"):
            numerator, denominator = sum(numerators, Fraction()), None
            steps = [f"{_sum(numerators)} {self._equals(kpi, numerator)}"]
        elif is_of_people:
            above = {row.subject_id for row in counted if row.numerator}
            below = {row.subject_id for row in counted if row.denominator}
            numerator, denominator = Fraction(len(above)), Fraction(len(below))
            steps = [
                f"people with a numerator: {_names(above)}: {len(above)}",
                f"people with a denominator: {_names(below)}: {len(below)}",
            ]
        else:
            denominators = [row.denominator for row in counted if row.denominator is not None]
            numerator, denominator = sum(numerators, Fraction()), sum(denominators, Fraction())
            steps = [
                f"numerators: {_sum(numerators)} {_equals(numerator)}",
                f"denominators: {_sum(denominators)} {_equals(denominator)}",
            ]
        value = self._checked(kpi, cell, numerator, denominator)
        if denominator is not None:
            steps.append(f"value: {_figure(numerator)} / {_figure(denominator)} {self._equals(kpi, value)}")
        if kpi.kind == "duration":
            for name, share, published in (("median", Fraction(1, 2), cell.median), ("p90", Fraction(9, 10), cell.p90)):
                quantile = _quantile(numerators, share)
                self._check(kpi, cell, name, quantile, published)
                steps.append(f"{name} of them {self._equals(kpi, quantile)}")
        return [
            f"**{_capital(cell.name)}.** What counts:",
            self._listed(kpi, counted),
            *self._left_out(rows),
            *self._steps(kpi, cell, steps),
        ]

    def _of_returning_people(self, kpi: Kpi) -> list[str]:
        cell = self._cell(
            kpi,
            """
            select grain, period_start, slice, slice_value
            from marts.kpi_values
            where kpi_id = ? and maturity = 'final' and denominator between 2 and 6
            order by
                numerator > 0 and numerator < denominator desc,
                slice_value = '(none)',
                list_position(['month', 'quarter'], grain),
                abs(denominator - 4),
                period_start desc,
                slice,
                slice_value
            limit 1
            """,
            kpi.kpi_id,
        )
        (before,) = one_row(
            self.build, "select max(period_start) from marts.dim_periods where grain = ? and period_start < ?",
            [cell.grain, cell.period_start],
        )  # fmt: skip
        rows = self._observations(kpi, cell, first_date=before)
        counted = [row for row in rows if row.exclusion_reason is None]
        were_here = {row.subject_id for row in counted if row.at.date() < cell.period_start}
        are_here = {row.subject_id for row in counted if row.at.date() >= cell.period_start}
        returned = were_here & are_here
        value = self._checked(kpi, cell, Fraction(len(returned)), Fraction(len(were_here)))
        return [
            f"**{_capital(cell.name)}.** What counts, of the {cell.grain} before and of this one:",
            self._listed(kpi, counted),
            *self._left_out(rows),
            *self._steps(
                kpi,
                cell,
                [
                    f"people of the {cell.grain} before: {_names(were_here)}: {len(were_here)}",
                    f"of them in this {cell.grain}: {_names(returned)}: {len(returned)}",
                    f"value: {len(returned)} / {len(were_here)} {self._equals(kpi, value)}",
                ],
            ),
        ]

    def _of_sums(self, kpi: Kpi) -> list[str]:
        """An example without single answers, which are nobody's business."""
        cell = self._cell(
            kpi,
            """
            select grain, period_start, slice, slice_value
            from marts.kpi_values
            where kpi_id = ? and maturity = 'final' and value is not null
            order by slice = 'team' desc, denominator, period_start desc, grain, slice, slice_value
            limit 1
            """,
            kpi.kpi_id,
        )
        counted = [row for row in self._observations(kpi, cell) if row.exclusion_reason is None]
        numerator = sum((row.numerator for row in counted if row.numerator is not None), Fraction())
        denominator = sum((row.denominator for row in counted if row.denominator is not None), Fraction())
        value = self._checked(kpi, cell, numerator, denominator)
        return [
            f"**{_capital(cell.name)}.** Single answers are confidential, so that only sums are shown.",
            *self._steps(
                kpi,
                cell,
                [
                    f"numerators: the scores of the answers add up to {_figure(numerator)}",
                    f"denominators: {_figure(denominator)} answers",
                    f"value: {_figure(numerator)} / {_figure(denominator)} {self._equals(kpi, value)}",
                ],
            ),
        ]

    def _of_movements(self, kpi: Kpi) -> list[str]:
        """A stock of tickets: what was there the day before and what moved it, and the tickets themselves."""
        fact, added, taken = (kpi.entry["movements"][part] for part in ("table", "added", "taken"))
        sums = ", ".join(f"cast(sum({name}) as bigint) as {name}" for name in (*added, *taken))
        days = " union all ".join(
            f"""
            select {literal(name)} as slice, {rank} as slice_rank, cast({quoted(name)} as varchar) as slice_value,
                local_date, {sums}
            from marts.{fact}
            group by all
            """
            for rank, name in enumerate(kpi.slices)
        )
        moved = " + ".join(f"least(moves.{name}, 2)" for name in (*added, *taken))
        cell = self._cell(
            kpi,
            f"""
            with moves as ({days})
            select 'day', published.period_start, published.slice, published.slice_value
            from marts.kpi_values as published
            inner join moves
                on published.period_start = moves.local_date
                and published.slice = moves.slice
                and published.slice_value = moves.slice_value
            where published.kpi_id = ? and published.grain = 'day' and published.maturity = 'final'
                and published.value between 2 and {FEW_OBSERVATIONS}
                and published.period_start > (select min(local_date) from marts.{fact})
            order by {moved} desc, abs(published.value - 4), slice_rank, published.period_start desc,
                published.slice_value
            limit 1
            """,
            kpi.kpi_id,
        )
        of_slice = f"cast({quoted(cell.slice)} as varchar) = ?"
        movements = one_row(
            self.build, f"select {sums} from marts.{fact} where local_date = ? and {of_slice}",
            [cell.period_start, cell.slice_value],
        )  # fmt: skip
        (day_before,) = one_row(
            self.build,
            f"""
            select coalesce(sum(numerator), 0)
            from observed
            where cast(local_time as date) = ? - 1 and {of_slice}
            """,
            [cell.period_start, cell.slice_value],
        )
        by_name = dict(zip((*added, *taken), movements, strict=True))
        total = Fraction(int(day_before)) + sum(by_name[name] for name in added) - sum(by_name[name] for name in taken)
        self._checked(kpi, cell, total, None)
        tickets = self.build.execute(
            f"""
            select ticket_id, {self._local("starts_at")} as starts_at
            from marts.{kpi.entry["stretches"]}
            where exclusion_reason is null and {of_slice}
                and cast({self._local("starts_at")} as date) <= ?
                and (ends_at is null or cast({self._local("ends_at")} as date) > ?)
            order by all
            """,
            [cell.slice_value, cell.period_start, cell.period_start],
        ).fetchall()
        self._check(kpi, cell, "number of tickets", Fraction(len(tickets)), cell.value)
        told = [f"{int(day_before)} the day before"]
        told += [f"+ {by_name[name]} {_movement(name)}" for name in added]
        told += [f"- {by_name[name]} {_movement(name)}" for name in taken]
        return [
            f"**{_capital(cell.name)}.** In stock at the end of the day ({self.project.link(kpi.entry['stretches'])}):",
            table(("ticket", "stretch since (local)"), [(f"`{name}`", _time(at)) for name, at in tickets]),
            f"What moved the stock on that day, by {self.project.link(fact)}:",
            *self._steps(kpi, cell, [f"{' '.join(told)} = {_figure(total)}", f"tickets in the list: {len(tickets)}"]),
        ]

    def _of_newest_review(self, kpi: Kpi) -> list[str]:
        """The days since the newest standing review of 4 or 5 stars, with the reviews that came later."""
        cell = self._cell(
            kpi,
            f"""
            select 'day', published.period_start, published.slice, published.slice_value
            from marts.kpi_values as published
            inner join marts.fct_reviews as reviews
                on published.slice_value = reviews.marketplace
                and reviews.reviewed_date <= published.period_start
                and reviews.reviewed_date > published.period_start - cast(published.value as integer)
            where published.kpi_id = ? and published.grain = 'day' and published.slice = 'marketplace'
                and published.maturity = 'final' and published.value >= 2
            group by all
            having count(*) between 1 and {FEW_OBSERVATIONS}
            order by count(*) desc, published.period_start desc, published.slice_value
            limit 1
            """,
            kpi.kpi_id,
        )
        is_positive = "rating >= 4 and is_standing and exclusion_reason is null"
        name, newest = one_row(
            self.build,
            f"""
            select review_id, reviewed_date
            from marts.fct_reviews
            where marketplace = ? and reviewed_date <= ? and {is_positive}
            order by reviewed_date desc, review_id desc
            limit 1
            """,
            [cell.slice_value, cell.period_start],
        )
        later = self.build.execute(
            f"""
            select review_id, reviewed_date, rating, is_standing, exclusion_reason
            from marts.fct_reviews
            where marketplace = ? and reviewed_date > ? and reviewed_date <= ? and not ({is_positive})
            order by reviewed_date, review_id
            """,
            [cell.slice_value, newest, cell.period_start],
        ).fetchall()
        days = Fraction((cell.period_start - newest).days)
        self._checked(kpi, cell, days, None)
        rows = [(f"`{name}`", str(newest), "the newest standing review of 4 or 5 stars")]
        rows += [(f"`{review}`", str(day), _why_no_praise(*rest)) for review, day, *rest in later]
        return [
            f"**{_capital(cell.name)}.** The newest review that counts, and what came after it:",
            table(("review", "on (local)", "what it is"), rows),
            *self._steps(kpi, cell, [f"from {newest} to {cell.period_start}: {_figure(days)} days"]),
        ]

    # Checks and words

    def _checked(self, kpi: Kpi, cell: Cell, numerator: Fraction, denominator: Fraction | None) -> Fraction:
        """The value of the parts, after all three were held against the published cell."""
        value = numerator if denominator is None else numerator / denominator
        self._check(kpi, cell, "numerator", numerator, cell.numerator)
        self._check(kpi, cell, "denominator", denominator, cell.denominator)
        self._check(kpi, cell, "value", value, cell.value)
        return value

    def _check(self, kpi: Kpi, cell: Cell, what: str, worked: Fraction | None, published: float | None) -> None:
        if worked is None and published is None:
            return
        if worked is None or published is None or not math.isclose(worked, published, rel_tol=1e-9, abs_tol=1e-9):
            raise CxmartError(
                f"{kpi.kpi_id}, {cell.name}: the {what} is worked out as {worked}, published as {published}"
            )

    def _equals(self, kpi: Kpi, value: Fraction) -> str:
        unit = kpi.entry["display_unit"]
        plain = _equals(value)
        if unit == "s":
            return f"{plain} s ({number(float(value), unit)})"
        if unit == "ratio":
            return f"{plain} ({number(float(value), unit)})"
        return f"{plain} {self.currency}" if unit == "money" else plain

    def _listed(self, kpi: Kpi, rows: Sequence[Observation]) -> str:
        headings = ["observation", "at (local)"]
        cells = [[f"`{row.observation_id}`", _time(row.at)] for row in rows]
        numbers = []
        if any(row.subject_id for row in rows):
            headings.append("person")
            for row, line in zip(rows, cells, strict=True):
                line.append(f"`{row.subject_id}`")
        for heading in ("numerator", "denominator"):
            if any(getattr(row, heading) is not None for row in rows):
                numbers.append(len(headings))
                headings.append(heading)
                for row, line in zip(rows, cells, strict=True):
                    line.append(_figure(getattr(row, heading)))
        return table(headings, cells, numbers)

    def _left_out(self, rows: Sequence[Observation]) -> list[str]:
        reasons = Counter(row.exclusion_reason for row in rows if row.exclusion_reason is not None)
        if not reasons:
            return ["Nothing is left out of it."]
        why = {reason: f"`{reason}`: {self.project.reasons[reason]}" for reason in reasons}
        if reasons.total() > FEW_OBSERVATIONS:
            listed = table(
                ("how many", "why"),
                [(count(rows), why[reason]) for reason, rows in reasons.most_common()],
                numbers=(0,),
            )
        else:
            lines = [
                (f"`{row.observation_id}`", _time(row.at), why[row.exclusion_reason])
                for row in rows
                if row.exclusion_reason is not None
            ]
            listed = table(("observation", "at (local)", "why"), lines)
        return ["What is left out of it:", listed]

    def _steps(self, kpi: Kpi, cell: Cell, steps: Sequence[str]) -> list[str]:
        of_slice = "" if cell.slice == "overall" else f" --slice {shlex.quote(f'{cell.slice}={cell.slice_value}')}"
        return [
            "\n".join(f"- {step}" for step in steps),
            "`kpi_values` has the same. After `make demo`, the command line tells it too:",
            f"```sh\nCXMART_HOME=warehouse/demo/sample .venv/bin/cxmart explain {kpi.kpi_id} --period "
            f"{cell.period_label}{of_slice}\n```",
        ]


def _fraction(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


def _quantile(values: Sequence[Fraction], share: Fraction) -> Fraction:
    """A quantile, interpolated between the two values around it."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def _figure(value: Fraction | int | None) -> str:
    """A number with at most four decimals; one that has more is marked as rounded."""
    if value is None:
        return ""
    return ("" if _is_short(value) else "≈ ") + _rounded(value)


def _equals(value: Fraction) -> str:
    """The number after an equals sign, or one of a number that is near."""
    return ("= " if _is_short(value) else "≈ ") + _rounded(value)


def _rounded(value: Fraction | int) -> str:
    text = f"{float(value):,.4f}"
    return text.rstrip("0").rstrip(".")


def _is_short(value: Fraction | int) -> bool:
    return Fraction(_rounded(value).replace(",", "")) == value


def _sum(values: Sequence[Fraction]) -> str:
    if len(set(values)) == 1 and len(values) > FEW_OBSERVATIONS:
        return f"{len(values)} x {_figure(values[0])}"
    return " + ".join(_figure(value) for value in values) or "none"


def _names(names: set[str | None]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(str(name) for name in names)) or "nobody"


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _movement(column: str) -> str:
    return column.removesuffix("_tickets").replace("_", " ")


def _why_no_praise(rating: int, is_standing: bool, exclusion_reason: str | None) -> str:
    if exclusion_reason:
        return f"left out: `{exclusion_reason}`"
    stars = f"{rating} star{'' if rating == 1 else 's'}"
    return stars if is_standing else f"{stars}, but taken down"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
