"""What the tables of a published file and their columns mean: the comments in it."""

from cxmart.publish.cell_changes import REVISION_COMMENTS

PERIOD_COMMENTS = {
    "period_start": "The first local date of the period; of an hour, its day.",
    "period_start_at": "The instant at which the hour starts (UTC).",
    "is_complete": "Whether the period was over at `as_of`; a running one holds what there is so far.",
    "maturity": (
        "That of the least mature KPI of the row: partial (the period is not over), immature (it is over, but a value "
        "may still change of itself) or final."
    ),
    "immature_kpis": "The KPIs of a complete period that may still change of themselves, by commas; null for none.",
}
TABLE_COMMENTS = {
    "publication": "One row: what this file was published from. Times are in UTC.",
    "publication_sources": "One row a source: how new its data was when this was published.",
    "publication_tables": "One row a table of this file: who may read what of it, and what it held when it was made.",
    "publication_seeds": "One row a seed with a checksum of its rows, the brand's own included.",
    "publication_raw": "One row a raw table: what it held when the build was made.",
    "kpi_revisions": (
        "One row a cell of kpi_values that was final and changed: what it said, what it says since, and why. "
        "Rows are kept for good."
    ),
}
COLUMN_COMMENTS = {
    "publication": {
        "run_id": "Id of the run that built it.",
        "version": "Name of this publication, by which `cxmart publish --rollback` knows it.",
        "restored_from": "The version that this one has put back; null where it is new.",
        "published_at": "When it was published.",
        "as_of": "The instant that the data tells of.",
        "data_age_seconds": "Seconds from the newest thing that happened in any source to the publication.",
        "sources": "The sources in it, separated by commas.",
        "reporting_timezone": "The zone whose days, weeks and months are reported (an IANA name).",
        "reporting_currency": "The currency of all money (an ISO 4217 code).",
        "tests_passed": "Number of data tests that the build passed.",
        "tests_warned": "Number of data tests that only warned.",
        "final_cells": "Number of cells that were final in the publication before.",
        "revised_cells": "How many of them changed; they are in kpi_revisions.",
        "restated_cells": "How many cells changed since the KPI is defined anew; they are there too.",
        "warnings": "What else is to be known of it, in sentences; null where nothing is.",
        "cxmart_version": "Version of the project that built it.",
        "code_commit": "Commit of that project, with `+` where files differed from it; null where it is not known.",
        "code_checksum": "Checksum of the models that built it; null where dbt was called alone.",
        "duckdb_version": "Version of DuckDB that wrote it.",
    },
    "publication_sources": {
        "source": "The source.",
        "newest_at": "When the newest thing happened that it tells of; null where it has no data.",
        "newest_loaded_at": "When a file of it last landed.",
        "age_seconds": "Seconds from `newest_at` to the publication.",
        "warn_after_seconds": "An age above this is marked (seconds); null for no limit.",
        "error_after_seconds": "An age above this stops a publication (seconds); null for no limit.",
        "state": "fresh, late, too_late, no_limit or no_data.",
        "rejected_rows": "Rows of it that did not land, and that no later load settled.",
        "rejected_files": "Files that have such rows.",
        "rejected_values": "Values of rows that landed which did not, are empty, and that no later load settled.",
    },
    "publication_tables": {
        "table_name": "The table.",
        "audience": "marts: no row is about a single agent or person; marts_people: some are.",
        "people_columns": "Its columns that marts.duckdb does not have.",
        "condition_of_groups": "The rows that marts.duckdb has of it; null for all.",
        "row_count": "Number of its rows in this file.",
        "checksum": "Sum of the hashes of its rows in this file, by DuckDB's `hash`.",
        "key_columns": "The columns that identify a row; empty where no test declares them.",
    },
    "publication_seeds": {
        "seed": "The seed.",
        "row_count": "Number of its rows.",
        "checksum": "Sum of the hashes of its rows.",
        "own_rows": "How many of its rows are the brand's own, not those that cxmart ships; null where nobody knows.",
    },
    "publication_raw": {
        "source": "The source.",
        "table_name": "Its raw table.",
        "row_count": "Number of its rows.",
        "rows_loaded": "Number of rows that all loads brought; more where rows took the place of others.",
        "last_load_id": "The newest load that a row is of; null for none.",
    },
    "kpi_revisions": REVISION_COMMENTS,
}
