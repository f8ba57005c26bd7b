"""Publishing: two new files are written beside the old ones, audited, checked, synced, and put in place.

`marts.duckdb` has no row about a single agent or person, `marts_people.duckdb` has everything (macros/audiences.sql
says which is which). Each file is replaced in one step, the people's first: what `marts.duckdb` says of itself is what
is published. The last ones are kept (versions.py).

The tables lie in schema `main` of a file: its catalog is called `marts` after the file, and a schema of the same name
would make `marts.<table>` ambiguous. So both `<table>` and `marts.<table>` work for who opens the file.
"""

import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from cxmart.base.database import attach, columns_of, missing_file, opened, quoted
from cxmart.base.errors import CxmartError, ExitCode, translate
from cxmart.base.settings import Settings
from cxmart.build import freshness
from cxmart.build.build_record import finished_run
from cxmart.publish import versions
from cxmart.publish.audit import Audit, audit_build, audit_rollback, audit_warnings, raise_for_ages, raise_for_revisions
from cxmart.publish.cell_changes import Publication
from cxmart.publish.contents import (
    MARTS,
    SCHEMA,
    copy_comments,
    copy_table,
    emptiness,
    make_wide_views,
    own_tables,
    tables_of,
    write_publication,
    write_tables,
)
from cxmart.publish.new_files import NewFiles, check_targets, new_files, remove_leftovers, verify
from cxmart.publish.privacy_guard import refuse_personal_columns


@dataclass(frozen=True)
class Published:
    """What was published: both files, how many rows each table has in the people's, and how the audit went."""

    file: Path
    people_file: Path
    version: str
    run_id: str
    row_counts: dict[str, int]
    audit: Audit
    warnings: list[str]


def publish(
    settings: Settings, *, accept_revisions: bool = False, erased: Collection[str] = (), notes: Collection[str] = ()
) -> Published:
    """Audit the last build, and publish it.

    Args:
        settings: where the build is and where it is published.
        accept_revisions: publish also where more of what was final changes than the settings allow.
        erased: where a person was erased from the build: the ids that nothing may name any more, as the marts write
            them. What changed is then noted as `erasure`, and stops nothing.
        notes: what else the published files are to warn of, in sentences.

    Returns:
        What was published.

    Raises:
        CxmartError: the build is missing, unfinished, incomplete or failed, the audit stopped it, a source is too old,
            or a target is not ours to replace. What was published before is untouched.
    """
    if not settings.build_file.exists():
        raise missing_file(settings.build_file, settings)
    check_targets(settings)
    remove_leftovers(settings)
    versions.heal(settings)
    previous = versions.newest_file(settings)
    now = settings.now().replace(tzinfo=None)
    version = versions.next_name(settings, now)
    with new_files(settings) as new:
        with opened(new.people, settings) as published:
            attach(published, settings.build_file, "build")
            run = finished_run(published, settings)
            tables = tables_of(published, "build")
            if previous:
                attach(published, previous, "previous")
            ages = freshness.read_ages(published, settings)
            audit = audit_build(
                published,
                settings,
                Publication(run["run_id"], version, now),
                tables=[table.name for table in tables],
                has_previous=previous is not None,
                erased=erased,
            )
            if not erased:  # which must not wait for newer data
                raise_for_ages(ages)
            raise_for_revisions(published, settings, audit, is_accepted=accept_revisions or bool(erased))
            warnings = [*notes, *emptiness(published, settings), *audit_warnings(settings, run, audit, ages)]
            published.execute("begin")
            row_counts = {table.name: copy_table(published, table.name) for table in tables}
            copy_comments(published)
            make_wide_views(published)
            write_publication(published, settings, version, now, run, audit, ages, warnings)
            write_tables(published, [*tables, *own_tables(tables)])
            published.execute("commit")
            published.execute("detach build")
            if previous:
                published.execute("detach previous")
            published.execute("force checkpoint")
        _finish(settings, new)
    return Published(settings.marts_file, settings.people_file, version, run["run_id"], row_counts, audit, warnings)


def rollback(settings: Settings, wanted: str | None = None) -> Published:
    """Publish a kept version again; what is said of its KPIs since is noted in kpi_revisions, and kept.

    Args:
        settings: where the versions are.
        wanted: the version's name or number, or the run id; by default the one before what is published.

    Returns:
        What was published.

    Raises:
        CxmartError: there is no such version, it is damaged, or a target is not ours to replace.
    """
    check_targets(settings)
    remove_leftovers(settings)
    versions.heal(settings)
    restored = versions.find(settings, wanted)
    current = versions.newest_file(settings)
    verify(settings, restored.people_file)
    now = settings.now().replace(tzinfo=None)
    version = versions.next_name(settings, now)
    with new_files(settings) as new:
        shutil.copyfile(restored.people_file, new.people)
        new.people.chmod(0o600)
        with opened(new.people, settings) as published:
            row_counts = dict(
                published.execute("select table_name, row_count from publication_tables order by 1").fetchall()
            )
            tables = tables_of(published)
            if current:
                attach(published, current, "previous")
            audit = audit_rollback(published, Publication(restored.run_id, version, now))
            if current:
                published.execute("detach previous")
            warning = f"version {restored.name} was put back by `cxmart publish --rollback`"
            published.execute(
                """
                update publication
                set version = ?, restored_from = ?, published_at = ?, final_cells = ?, revised_cells = ?,
                    restated_cells = 0, warnings = concat_ws('; ', ?, warnings)
                """,
                [version, restored.name, now, audit.final_cells, audit.revised_cells, warning],
            )
            published.execute("drop table publication_tables")
            write_tables(published, tables)
            published.execute("force checkpoint")
        _finish(settings, new)
    row_counts["kpi_revisions"] = audit.kept_revisions
    return Published(settings.marts_file, settings.people_file, version, restored.run_id, row_counts, audit, [warning])


def _write_marts(settings: Settings, new: NewFiles) -> None:
    """Write the file for everybody from the one that has everything."""
    with opened(new.marts, settings) as marts:
        attach(marts, new.people, "everything")
        tables = [table for table in tables_of(marts, "everything") if table.audience == MARTS]
        marts.execute("begin")
        for table in tables:
            every = columns_of(marts, "everything", SCHEMA, table.name)
            columns = [name for name in every if name not in table.people_columns]
            refuse_personal_columns(table.name, columns)
            marts.execute(
                f"create table {SCHEMA}.{quoted(table.name)} as "
                f"select {', '.join(map(quoted, columns))} from everything.{SCHEMA}.{quoted(table.name)} "
                f"where {table.condition_of_groups or 'true'}"
            )
        copy_comments(marts, SCHEMA, "everything")
        make_wide_views(marts)
        write_tables(marts, tables)
        marts.execute("commit")
        marts.execute("detach everything")
        marts.execute("force checkpoint")


def _finish(settings: Settings, new: NewFiles) -> None:
    """Write the file for everybody, verify both as their readers will read them, and put them in place."""
    _write_marts(settings, new)
    for path in (new.people, new.marts):
        if path.with_name(f"{path.name}.wal").exists():
            raise CxmartError(f"{path} was not written out whole; publish again", ExitCode.WAREHOUSE)
        verify(settings, path)
    try:
        versions.put_in_place(settings, new.marts, new.people, new.mask)
    except OSError as error:
        raise translate(error, settings.marts_file) from error
