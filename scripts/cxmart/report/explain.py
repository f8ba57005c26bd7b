"""Where a number comes from: the observations behind one cell of the published KPIs, added up again."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cxmart.base.database import Connection, attach, dict_rows, missing_file, one_row, opened, relations
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.settings import Settings
from cxmart.base.suggestions import unknown_name
from cxmart.build.build_record import finished_run
from cxmart.report import shipped_settings
from cxmart.report.cell_rows import CellRows
from cxmart.report.explain_source import (
    PUBLICATION_OF_BUILD,
    check_tables,
    lay_views_over_published,
    run_of_build,
    versions_of,
)
from cxmart.report.explanation import Explanation, Figures
from cxmart.report.find_cell import KpiCell, find_cell
from cxmart.report.period import read_publication


@contextmanager
def explaining(settings: Settings, *, of_build: bool = False) -> Iterator["Explainer"]:
    """Open what numbers are explained from: the published file that has every slice, and the build with KPIs' views.

    Where the last build is not the published one, since the audit stopped it, a test failed or nobody published it yet,
    its views are laid over the published facts: the number that people read stays explained.

    Args:
        settings: where the files are.
        of_build: explain the numbers of the last build instead, published or not.

    Yields:
        What explains any number of cells.

    Raises:
        CxmartError: nothing is published, or the build is missing or unfinished.
    """
    if of_build:
        with opened(settings.build_file, settings, read_only=True) as build:
            run_id = finished_run(build, settings)["run_id"]
            check_tables(settings.build_file, {name for schema, name in relations(build, "build") if schema == "marts"})
            build.execute("use build.marts")
            build.execute(PUBLICATION_OF_BUILD)
            yield Explainer(build, run_id, of_build=True)
        return
    published = settings.people_file
    if not published.exists():
        raise missing_file(published, settings)
    with opened(published, settings, read_only=True) as marts:
        names = {name for _, name in relations(marts)}
        check_tables(published, names if "publication" in names else set())
        if not settings.build_file.exists():
            raise CxmartError(
                f"{settings.build_file} does not exist, and the observations are there alone; "
                "run `cxmart build` and `cxmart publish`",
                ExitCode.WAREHOUSE,
            )
        attach(marts, settings.build_file, "build")
        (published_run,) = one_row(marts, "select run_id from publication")
        built_run = run_of_build(marts, settings)
        if built_run == published_run:
            yield Explainer(marts, published_run)
            return
        versions = versions_of(marts, "build.marts.kpi_catalog")
        lay_views_over_published(marts, settings)
        yield Explainer(marts, published_run, unpublished_run=built_run, versions=versions)


class Explainer:
    """Explains cells of one publication; `marts` is the connection to it, `kpis` are the rows of its catalogue."""

    def __init__(
        self,
        marts: Connection,
        run_id: str,
        *,
        of_build: bool = False,
        unpublished_run: str | None = None,
        versions: Mapping[str, Any] | None = None,
    ) -> None:
        """Take a connection to the published file with its build attached as `build`.

        Args:
            marts: the connection.
            run_id: the run whose numbers are explained.
            of_build: it is to the build itself, published or not.
            unpublished_run: the run of the last build, where `build` has but its views over the published facts.
            versions: the versions of the KPIs' definitions in that build.
        """
        self.marts = marts
        self._run_id = run_id
        self._of_build = of_build
        self._unpublished_run = unpublished_run
        self._versions_of_views = versions or {}
        self._publication = read_publication(marts)
        self.kpis = {
            row["kpi_id"]: row for row in dict_rows(self.marts, "select * from kpi_catalog order by kpi_order")
        }
        self._cell_rows = CellRows(marts, self._publication.reporting_timezone)

    def explain(
        self,
        kpi_id: str,
        period: str | None = None,
        slice_text: str | None = None,
        limit: int | None = 20,
        csv_file: Path | None = None,
    ) -> Explanation:
        """Explain a cell.

        Args:
            kpi_id: the KPI, as in `kpi_catalog`.
            period: a day, week, month or quarter as `parse_period` takes it, or an hour 2026-03-05 14:00; by default
                the newest complete month, or quarter where the KPI has no months.
            slice_text: a slice and its value, `channel=email`; by default overall.
            limit: how many observations to list; None for all.
            csv_file: where to write all of them, those left out too; an existing file is replaced.

        Raises:
            CxmartError: there is no such KPI, period or slice; the file can't be written.
        """
        by_title = {str(row["title"]).lower(): name for name, row in self.kpis.items()}
        kpi_id = by_title.get(kpi_id.strip().lower(), kpi_id)
        if kpi_id not in self.kpis:
            raise unknown_name("there is no KPI", kpi_id, self.kpis)
        self._check_view(self.kpis[kpi_id])
        cell = find_cell(self.marts, self.kpis[kpi_id], period, slice_text)
        kpi = cell.kpi
        self._cell_rows.collect(cell)
        is_confidential = kpi["withheld_by"] is not None
        is_withheld = bool(cell.row and is_confidential and cell.row["numerator"] is None)
        count, added = self._cell_rows.added(kpi)
        explanation = Explanation(
            kpi_id=kpi_id,
            title=cell.kpi["title"],
            definition=cell.kpi["definition"],
            kind=kpi["kind"],
            is_divided=kpi["is_divided"],
            largest_first=kpi["largest_first"],
            stretches_in=cell.kpi["stretches_in"],
            display_unit=kpi["display_unit"],
            period=cell.period,
            slice_name=cell.slice_name,
            slice_value=cell.slice_value,
            status=cell.row["status"] if cell.row else "no_data",
            maturity=cell.row["maturity"] if cell.row else None,
            target_lower=cell.row["target_lower"] if cell.row else None,
            target_upper=cell.row["target_upper"] if cell.row else None,
            sample_size=cell.row["sample_size"] if cell.row else None,
            min_sample=cell.kpi["min_sample"],
            is_withheld=is_withheld,
            is_confidential=is_confidential,
            published=Figures(*(cell.row[name] for name in ("numerator", "denominator", "value", "median", "p90")))
            if cell.row
            else None,
            added=Figures(None, None, None) if is_withheld else added,
            observation_count=0 if is_withheld else count,
            observations=[]
            if is_confidential
            else self._cell_rows.listed("reason is null", limit, largest_first=kpi["largest_first"]),
            left_out=[] if is_withheld else self._cell_rows.left_out(limit, with_examples=not is_confidential),
            words=self._words(cell.kpi),
            publication=self._publication,
            run_id=self._run_id,
            is_of_build=self._of_build,
            note=self._note,
            shipped=self._shipped(cell),
        )
        if csv_file:
            if is_confidential:
                raise CxmartError(
                    f"the answers behind {kpi_id} were given in confidence: there is no list of them", ExitCode.USAGE
                )
            self._cell_rows.export(csv_file, largest_first=kpi["largest_first"])
        return explanation

    def _check_view(self, kpi: Mapping[str, Any]) -> None:
        """Refuse a KPI whose observations are in an unpublished build alone."""
        kpi_id, why = kpi["kpi_id"], ""
        if self._unpublished_run is None:
            return
        if not kpi["stretches_in"] and not self._cell_rows.columns_of["kpis", kpi_id]:
            why = f"what {kpi_id} is made of lies in the build alone"
        elif self._versions_of_views.get(kpi_id) != kpi.get("version"):
            why = f"{kpi_id} is defined anew there"
        if why:
            raise CxmartError(
                f"the last build is not the build that is published: it is of run {self._unpublished_run}, the "
                f"published of run {self._run_id}, and {why}; `cxmart explain {kpi_id} --build` explains the number of "
                "the build, and after `cxmart publish` (with --accept-revisions where the audit stopped it) it is the "
                "published one",
                ExitCode.WAREHOUSE,
            )

    @property
    def _note(self) -> str | None:
        if self._of_build:
            return f"This is the number of the last build, run {self._run_id}, whether it is published or not."
        if self._unpublished_run is None:
            return None
        return (
            f"The last build, run {self._unpublished_run}, is not published. This is the published number, from the "
            "facts published with it; --build explains that of the build."
        )

    def _shipped(self, cell: KpiCell) -> list[str]:
        if not cell.row:
            return []
        has_target = cell.row["target_lower"] is not None or cell.row["target_upper"] is not None
        names = {name for _, name in relations(self.marts)}
        return shipped_settings.shipped_of(self.marts, names, {cell.kpi["kpi_id"]}, has_target=has_target)

    def _words(self, kpi: Mapping[str, Any]) -> dict[str, str]:
        words = {name: text for name, text in self._cell_rows.columns_of["kpis", kpi["kpi_id"]].items() if text}
        if kpi["stretches_in"]:
            words["observation_id"] = f"The ticket, since when it is in the stock ({kpi['stretches_in']})."
        return words
