"""docs/commands.md says what `--help` says."""

from command_reference import PAGE, commands, page


def test_the_page_is_what_the_help_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "the help has changed: run make reference"


def test_every_command_and_option_is_explained() -> None:
    found = commands()
    assert found
    for name, command in found.items():
        assert command.help, name
        assert [parameter.name for parameter in command.params if not parameter.help] == [], name
