"""The command that prints the settings."""

from cxmart.base.console import out, say, say_json
from cxmart.base.settings import read_settings
from cxmart.cli.options import AsJson
from cxmart.refresh import doctor


def run_doctor(as_json: AsJson = False) -> None:
    """Print the settings, where each comes from, and the state of the files."""
    settings = read_settings()
    if as_json:
        content = {
            "settings": {
                name: {"value": value, "from": given} for name, value, given in doctor.settings_table(settings)
            },
            "columns_that_never_land": dict(doctor.columns_that_never_land()),
            "files": dict(doctor.files_table(settings)),
            "versions": dict(doctor.versions_table(settings)),
        }
        say_json(content)
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
