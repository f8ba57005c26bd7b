"""The command that prints the settings."""

from cxmart.base.console import chosen_format, out, say, say_for_programs
from cxmart.base.settings import read_settings
from cxmart.cli.options import AsFormat, AsJson
from cxmart.refresh import doctor


def run_doctor(output: AsFormat = None, as_json: AsJson = False) -> None:
    """Print the settings, where each comes from, and the state of the files."""
    output = chosen_format(output, as_json=as_json)
    settings = read_settings()
    if say_for_programs(
        output, lambda: doctor.as_document(settings), lambda: (doctor.as_rows(settings), doctor.COLUMNS)
    ):
        return
    # In lines rather than tables: a path that goes on in the next line can't be copied.
    rows = doctor.settings_table(settings)
    width = max(len(name) for name, _, _ in rows)
    say(f"{'setting':{width}}  {'from':11}  value", style="dim")
    for name, value, given in rows:
        say(f"{name:{width}}  {given:11}  {value}")
    out.print()
    say("Columns that never land, by the last words of their names")
    for kind, names in doctor.columns_that_never_land():
        say(f"  {kind}: {', '.join(names)}")
    out.print()
    for file, size in doctor.files_table(settings):
        say(f"{size:>11}  {file}")
    out.print()
    for what, version in doctor.versions_table(settings):
        say(f"{what:7}  {version}")
