"""Mistyped names: the nearest of those that there are is suggested, by one helper for all commands."""

import pytest

from conftest import Run
from cxmart import __version__
from cxmart.base.errors import ExitCode
from cxmart.base.suggestions import did_you_mean, nearest, unknown_name

KPIS = ["tickets_created", "response_time", "first_response_time", "resolution_time", "csat_score"]


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("respons_time", ["response_time", "first_response_time", "resolution_time"]),
        ("RESOLUTION_TIME", ["resolution_time", "first_response_time", "response_time"]),
        (" csat ", ["csat_score"]),
        ("created", ["tickets_created"]),
        ("zzz", []),
        ("", []),
    ],
)
def test_the_nearest_names_come_first(written: str, found: list[str]) -> None:
    assert nearest(written, KPIS)[: len(found) or None][:1] == found[:1]
    assert set(nearest(written, KPIS)) <= set(KPIS)


def test_what_is_unknown_is_said_with_the_nearest_and_with_all() -> None:
    assert did_you_mean("emial", ["email", "chat"]) == "; did you mean email?"
    near = unknown_name("response_time has nothing for channel", "emial", ["chat", "email"], others="it has")
    assert str(near) == "response_time has nothing for channel 'emial'; did you mean email? It has: chat, email"
    assert near.exit_code is ExitCode.USAGE
    assert str(unknown_name("there is no KPI", "zzz", KPIS[:2])) == (
        "there is no KPI 'zzz'; there are: tickets_created, response_time"
    )
    assert str(unknown_name("there is no KPI", "zzz", [])) == "there is no KPI 'zzz'; there are: none"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["loda"], "load"),
        (["scorecrad"], "scorecard"),
        (["scorecard", "--grian", "week"], "--grain"),
        (["demo", "sampel"], "sample"),
        (["forget", "x", "--as", "custmer"], "did you mean customer?"),
        (["load", "standrad", "."], "standard"),
        (["scorecard", "--grain", "mnth"], "did you mean month?"),
    ],
)
def test_commands_options_and_values_are_suggested(cxmart: Run, arguments: list[str], words: str) -> None:
    done = cxmart(*arguments)
    assert done.returncode == ExitCode.USAGE
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_the_version_is_told(cxmart: Run) -> None:
    done = cxmart("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"cxmart {__version__}\n", "")
