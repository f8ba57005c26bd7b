"""The KPI dictionary: a page a KPI, made of its catalogue entry, its model, its seeds, and an example from the sample.

All but the example is read from the project's files, so that a page is checked without a warehouse.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cxmart.base.database import opened
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.formats import group_title, target
from cxmart.base.settings import Settings
from cxmart.contract.kpi_catalog import Kpi, Project, read_project
from cxmart.dictionary.examples import Examples
from cxmart.dictionary.markdown import table

INDEX = "README.md"

# What follows is made from the sample brand; what stands before it, from files alone.
EXAMPLE_HEADING = "## On the sample brand"

UNITS = {
    "count": "a number of things",
    "ratio": "a ratio",
    "s": "seconds",
    "days": "days",
    "mean": "a mean",
    "mean 1-5": "a mean, on a scale from 1 to 5",
    "mean 1-7": "a mean, on a scale from 1 to 7",
    "points": "points",
    "money": "money, in the reporting currency",
    "per hour": "a number of things in an hour",
}

DIRECTIONS = {"more": "more is better", "less": "less is better", "neither": "neither more nor less is better as such"}

KINDS = {
    "count": "The numerators of the cell's observations are added up. A longer period is the sum of its days.",
    "sum": "The numerators of the cell's observations are added up. A longer period is the sum of its days.",
    "ratio": (
        "Numerators and denominators of the cell's observations are added up, each for itself, and divided once. A "
        "longer period adds up the parts of its days; it is no mean of their values."
    ),
    "duration": (
        "The durations of the cell's observations are added up and divided by their number: the mean. Median and p90 "
        "of the same durations stand beside it. A longer period looks at all of its durations again."
    ),
    "stock": "The level at the period's end. A week, month or quarter has the level of its last day.",
    "distinct": (
        "People of the cell with a numerator above 0, divided by people with a denominator above 0. Each person counts "
        "once in a cell, so that the cells of days do not add up to those of longer periods."
    ),
    "retained": (
        "People of the period before who are there in this period too, divided by all people of the period before. "
        "Each person counts once, so that months do not add up to quarters."
    ),
    "per_period": (
        "Numerators and denominators are added up, each for itself, and divided once. Each row stands for one grain "
        "alone, so that months do not add up to quarters."
    ),
    "confidential": (
        "Numerators and denominators are added up, each for itself, and divided once. A cell that would tell of fewer "
        "than {min_respondents} people is withheld: it has no numbers. Where a month withholds one value of a slice "
        "alone, or values of fewer than {min_respondents} people together, the next smallest is withheld with them, or "
        "overall less the others would tell. A quarter is told beside all of its months or in place of all of them; "
        "where some are told and some are not, it is withheld, or the quarter less the others would tell. What is not "
        "over is withheld: from one day to the next it may change by one person's answer."
    ),
}

FORMULAS = {
    "count": "sum of the numerators",
    "sum": "sum of the numerators",
    "ratio": "sum of the numerators / sum of the denominators",
    "duration": "sum of the numerators / sum of the denominators",
    "stock": "the level at the period's end",
    "distinct": "distinct people with a numerator / distinct people with a denominator",
    "retained": "distinct people of this period and of the one before / distinct people of the one before",
    "per_period": "sum of the numerators / sum of the denominators",
    "confidential": "sum of the numerators / sum of the denominators",
}

FORMS = {
    "partition": "add up to all",
    "overlap": "do not add up to all: a person may be in several",
    "own_rows": "do not add up to all: they have rows of their own, and what is in several has a row in each",
    "share": "are shares of all: their numerators by the denominator of all",
}

# What the definitions take for granted.
WORDS = {
    "valid": (
        "of a ticket: neither deleted nor a test nor spam, and not merged into another one; of an order: neither a "
        "test nor cancelled"
    ),
    "inbound": "begun by the customer, not by the shop",
    "reply": (
        "a public message of a human agent; an automated reply is one of a bot or a rule that says more than that the "
        "message has arrived"
    ),
    "turn": (
        "the time in which a customer waits: from the first message without a reply to the next reply, or to the "
        "resolution without one"
    ),
    "resolution": (
        "the change from an open status to solved or closed; a standing one is not reopened within {standing}"
    ),
    "spell": (
        "the time in which a ticket is worked on: from its creation, or a reopening more than {standing} after a "
        "resolution, to its standing resolution"
    ),
    "issue": "all tickets and calls about one matter",
    "person": "the customer accounts of one human being, known by the shop's person id or the e-mail address",
    "repeat order": "an order of a person who had an earlier one that was no test and not cancelled by then",
    "standing review": "one that the marketplace has not taken down",
    "cell": "a KPI in one period, and in all of it (`overall`) or in one value of a slice: a row of `kpi_values`",
    "`as_of`": "the instant that the warehouse is at: the newest thing that happened; what is later does not exist yet",
}

ANCHORS = {"event": "when it happens", "cohort": "when it began, whatever comes of it later", "stock": "the state"}


def _words(project: Project) -> list[tuple[str, str]]:
    return [(word, meaning.format(**project.windows)) for word, meaning in WORDS.items()]


def page_name(kpi_id: str) -> str:
    """The file name of a KPI's page."""
    return f"{kpi_id}.md"


def kpi_page(project: Project, kpi: Kpi) -> str:
    """Write the page of a KPI up to its example, as Markdown that ends with a line break."""
    entry = kpi.entry
    group = f"[{group_title(entry['group'])}]({INDEX}#{_anchor(entry['group'])})"
    parts = [
        f"# {entry['title']}",
        f"`{kpi.kpi_id}` · {group} · version {entry['version']}",
        f"**{entry['definition'].strip()}**",
        _in_short(kpi),
        "## How it is counted",
        kpi.description,
        KINDS[kpi.kind].format(**entry),
        "## By what it is cut",
        _slices(project, kpi),
        "## What is left out",
        _exclusions(project, kpi),
        "## Targets",
        _targets(kpi),
        "## Where it is made",
        _reads(project, kpi),
        _sql(kpi),
    ]
    return "\n\n".join(parts) + "\n"


def _anchor(group: str) -> str:
    return group_title(group).lower().replace(" ", "-")


def _in_short(kpi: Kpi) -> str:
    entry = kpi.entry
    how, _, what = entry["anchor"].partition(": ")
    rows = [("Value", FORMULAS[kpi.kind]), ("Numerator", kpi.meaning("numerator"))]
    if entry["is_divided"]:
        rows.append(("Denominator", kpi.meaning("denominator")))
    rows += [
        ("Unit", f"{UNITS[entry['unit']]}; {DIRECTIONS[entry['direction']]}"),
        ("Dated by", f"{ANCHORS[how]}: {what}" if how != "stock" else f"{ANCHORS[how]} at {what}"),
        ("Final", _final(entry["window_days"])),
        ("Smallest sample", _smallest_sample(entry)),
        ("Possible values", _range(entry["range"])),
        ("Periods", ", ".join(kpi.grains)),
    ]
    return table(("In short", ""), rows)


def _final(days: int) -> str:
    if days == 0:
        return "at the end of the period"
    return (
        f"{days} {'day' if days == 1 else 'days'} after the end of the period; until then it may still change of itself"
    )


def _smallest_sample(entry: Mapping[str, Any]) -> str:
    if entry["min_sample"] == 0:
        people = entry["min_respondents"]
        return (
            f"{people} people; a cell of fewer is withheld, and what it could be worked out from" if people else "none"
        )
    of_what = {"numerator": "a numerator of {}", "observations": "{} observations"}.get(
        entry["sample"] or "", "a denominator of {}"
    )
    return f"{of_what.format(entry['min_sample'])}; with less the status is `too_few`, and no target is judged"


def _range(bounds: Sequence[float | None]) -> str:
    least, greatest = bounds
    if least is not None and greatest is not None:
        return f"{least} to {greatest}"
    if least is not None:
        return f"{least} and more"
    return "any" if greatest is None else f"up to {greatest}"


def _slices(project: Project, kpi: Kpi) -> str:
    rows = []
    for name, form in kpi.slices.items():
        without_days = project.slices[name].get("shortest_grain") == "week" and "day" in kpi.grains
        rows.append(
            (f"`{name}`", kpi.meaning(name), FORMS[form] + ("; from the week up, not by day" if without_days else ""))
        )
    return table(("slice", "its values", "its cells"), rows)


def _exclusions(project: Project, kpi: Kpi) -> str:
    if not kpi.exclusions:
        return "All of the KPI's rows count: what does not is never among them."
    return table(("reason", "what it says"), [(f"`{name}`", project.reasons[name]) for name in kpi.exclusions])


def _targets(kpi: Kpi) -> str:
    if not kpi.targets:
        return (
            "None is shipped. A row in [`kpi_targets`](../../seeds/kpi_targets.csv) sets one, for all of the KPI or "
            "for a grain, a slice or one of its values."
        )
    rows = []
    for row in kpi.targets:
        bounds = [float(row[side]) if row[side] else None for side in ("lower", "upper")]
        rows.append(
            (
                target(bounds[0], bounds[1], kpi.entry["unit"]),
                row["grain"] or "every period",
                _where(row["slice"], row["slice_value"]),
                f"an example, judges nobody by default. {row['source']}"
                if row["is_example"] == "true"
                else row["source"],
            )
        )
    return table(("target", "for", "in", "where it comes from"), rows)


def _where(slice_name: str, slice_value: str) -> str:
    if not slice_name:
        return "every cell"
    if slice_name == "overall":
        return "all"
    return f"{slice_name} `{slice_value}`" if slice_value else f"each {slice_name}"


def _reads(project: Project, kpi: Kpi) -> str:
    lines = [
        f"The view `{kpi.kpi_id}` holds one row an observation, with the reason where it is left out; `kpi_values` "
        "rolls it up. It reads:",
        "",
    ]
    for name in kpi.reads:
        _, sentence = project.models[name]
        lines.append(f"- {project.link(name)}: {sentence}")
    return "\n".join(lines)


def _sql(kpi: Kpi) -> str:
    path = f"{kpi.folder}/{kpi.kpi_id}.sql"
    return (
        f"<details>\n<summary>Its SQL, <code>{path}</code></summary>\n\n"
        f"```sql\n{kpi.sql.rstrip()}\n```\n\n</details>\n\n"
        f"Its columns and edge cases, as unit tests: [`{kpi.kpi_id}.yml`](../../{kpi.folder}/{kpi.kpi_id}.yml)."
    )


def index_page(project: Project) -> str:
    """Write the index of all KPIs by group, as Markdown."""
    parts = [
        "# The KPIs",
        f"All {len(project.kpis)} KPIs, in the order of the scorecard. Each has a page: what is counted and what is "
        "left out, how its cells add up, its slices and targets, its SQL, and a small cell of the [sample "
        "brand](../sample-brand.md) worked out from its observations. In the warehouse the same stands in "
        "`kpi_catalog`, `kpi_slices`, `kpi_exclusion_reasons` and `kpi_targets`.",
        "`cxmart dictionary` makes these pages from the catalogue, the models and the seeds. Tests hold them to it.",
    ]
    for group in dict.fromkeys(kpi.entry["group"] for kpi in project.kpis):
        parts.append(f"## {group_title(group)}")
        rows = [
            (
                f"[{kpi.entry['title']}]({page_name(kpi.kpi_id)})",
                kpi.entry["definition"].strip(),
                kpi.entry["direction"] if kpi.entry["direction"] != "neither" else "",
            )
            for kpi in project.kpis
            if kpi.entry["group"] == group
        ]
        parts.append(table(("KPI", "what it says", "better"), rows))
    parts += ["## Words that come back", table(("word", "what it means here"), _words(project))]
    return "\n\n".join(parts) + "\n"


def write_dictionary(settings: Settings, folder: Path) -> int:
    """Write the index and all pages, each with an example from a built warehouse.

    Args:
        settings: where the warehouse is, and the project.
        folder: where the pages go; made if it is missing.

    Returns:
        The number of pages.

    Raises:
        CxmartError: there is no build, or what is worked out from it is not what it publishes; nothing is written then.
        OSError: a page can't be written.
    """
    if not settings.build_file.exists():
        raise CxmartError(f"{settings.build_file} does not exist; run `cxmart demo` first", ExitCode.WAREHOUSE)
    project = read_project(settings.project_root)
    with opened(settings.build_file, settings, read_only=True) as build:
        examples = Examples(build, project)
        pages = {
            page_name(kpi.kpi_id): f"{kpi_page(project, kpi)}\n{EXAMPLE_HEADING}\n\n{examples.section(kpi)}"
            for kpi in project.kpis
        }
    pages[INDEX] = index_page(project)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return len(pages)
