"""The commands that show numbers and what they mean: scorecard, explain and dictionary."""

from pathlib import Path
from typing import Annotated

import typer

from cxmart.base.console import Format, chosen_format, err, out, say, say_for_programs
from cxmart.base.errors import CxmartError
from cxmart.base.settings import read_settings
from cxmart.cli.options import AsFormat, AsJson
from cxmart.demo import examples
from cxmart.dictionary import pages
from cxmart.report import explain
from cxmart.report.draw_explanation import draw_explanation
from cxmart.report.draw_scorecard import draw_scorecard
from cxmart.report.scorecard import read_scorecard


def scorecard(
    grain: Annotated[
        str | None,
        typer.Option(help="day, week, month or quarter; by default month, or a shorter one if none is over."),
    ] = None,
    period: Annotated[
        str | None, typer.Option(help="2026-03-05, 2026-W12, 2026-04 or 2026-Q1; by default the newest complete one.")
    ] = None,
    slice_text: Annotated[
        str | None,
        typer.Option(
            "--slice", help="channel=email for the card of one value, channel for the headline of all of them."
        ),
    ] = None,
    to_date: Annotated[
        bool,
        typer.Option("--to-date", help="The whole days of the running month, beside as many of the month before."),
    ] = False,
    output: AsFormat = None,
    as_json: AsJson = False,
) -> None:
    """Show every KPI of a period beside the period before and its target, the headline ones first.

    A day stands beside the same weekday of the week before. What is not over is judged nowhere.
    """
    output = chosen_format(output, as_json=as_json)
    card = read_scorecard(read_settings(), grain, period, slice_text=slice_text, to_date=to_date)
    if not say_for_programs(output, card.as_json, card.as_rows):
        draw_scorecard(card, out)


def explain_number(
    kpi: Annotated[str, typer.Argument(help="The KPI, as in kpi_catalog: response_time.")],
    period: Annotated[
        str | None,
        typer.Option(
            help="2026-03-05, 2026-W12, 2026-04, 2026-Q1 or an hour 2026-03-05T14:00; by default the newest month."
        ),
    ] = None,
    slice_text: Annotated[str | None, typer.Option("--slice", help="channel=email; by default overall.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="How many observations to list.")] = 20,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Write all observations to this file.")] = None,
    of_build: Annotated[bool, typer.Option("--build", help="The number of the last build, published or not.")] = False,
    output: AsFormat = None,
    as_json: AsJson = False,
) -> None:
    """Show where a published number comes from: what is counted, what was left out and why, added up again."""
    output = chosen_format(output, as_json=as_json)
    every = limit if output is Format.TEXT else None
    with explain.explaining(read_settings(), of_build=of_build) as explainer:
        explanation = explainer.explain(kpi, period, slice_text, every, csv_file)
    if not say_for_programs(output, explanation.as_json, explanation.as_rows):
        draw_explanation(explanation, out)
    if csv_file:
        err.print(f"all observations are in {csv_file}", markup=False, soft_wrap=True)
    if not explanation.agrees and explanation.note and not of_build:
        raise CxmartError(
            "the facts do not add up to what is published as the last build counts them: its project is another; "
            f"`cxmart explain {kpi} --build` explains the build's number"
        )
    if not explanation.agrees:
        raise CxmartError("the observations do not add up to what is published; please report this with the above")


def write_dictionary(
    folder: Annotated[Path | None, typer.Option("--out", help="The folder to write; by default docs/kpis.")] = None,
) -> None:
    """Write the KPI dictionary: a page a KPI, with an example from the sample brand (after `cxmart demo`)."""
    settings = read_settings(examples.environment(examples.EXAMPLES["sample"], read_settings()))
    folder = folder or settings.project_root / "docs" / "kpis"
    with err.status("working out the examples"):
        written = pages.write_dictionary(settings, folder)
    say(f"wrote {written} pages to {folder}")
