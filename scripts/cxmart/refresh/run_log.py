"""The log of refreshes: a file a run, a line of JSON whenever a step begins or ends.

A run that was killed has a step that began and never ended.
"""

import json
import re
import secrets
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cxmart.base.console import complain
from cxmart.base.errors import CxmartError, ExitCode, translate
from cxmart.base.json_values import instant
from cxmart.base.settings import Settings

SUFFIX = ".jsonl"

# The step that stands for the whole run.
RUN = "refresh"

STARTED, DONE, FAILED = "started", "done", "failed"
# What a command by hand, of which the line has the name as its step, has put right of a run since.
SETTLED = "settled"
LOAD, PUBLISH, COPY = "load", "publish", "publish --to"
# A run that ended so has published; what it complains of are files.
FILES = (ExitCode.REFUSED, ExitCode.REJECTED)


def folder(settings: Settings) -> Path:
    """Tell where the logs of refreshes lie."""
    return settings.log_folder / "refresh"


def new_run_id(settings: Settings) -> str:
    """Make the id of a run: when it began (UTC), and something that no other run has."""
    return f"{settings.now():%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


@dataclass
class Step:
    """A step at work: since when (ISO 8601, and in seconds of the performance counter), and what it tells so far."""

    name: str
    started_at: str
    started: float
    counts: dict[str, Any] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)


class RunLog:
    """Writes the log of one run. When it can't be written any more, that is said once, and the run goes on."""

    def __init__(self, settings: Settings, run_id: str) -> None:
        """Begin the log, and delete the oldest ones beyond `CXMART_KEEP_LOGS`.

        Raises:
            CxmartError: there was a run of this id, or the log can't be written.
        """
        self._settings = settings
        self.run_id = run_id
        self.file = folder(settings) / f"{run_id}{SUFFIX}"
        self._is_lost = False
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.open("x").close()
            for old in _newest_first(settings)[settings.keep_logs :]:
                if old != self.file:
                    old.unlink(missing_ok=True)
        except FileExistsError:
            raise CxmartError(
                f"there was a run {run_id} already (log: {self.file}); give CXMART_RUN_ID another value for each run, "
                "or leave it out",
                ExitCode.USAGE,
            ) from None
        except OSError as error:
            raise translate(error, self.file) from error

    def begin(self, name: str, **told: object) -> Step:
        """Write down that a step begins.

        Args:
            name: the step.
            told: what else the line says.
        """
        step = Step(name, self._now(), time.perf_counter())
        self._write({"step": name, "state": STARTED, "started_at": step.started_at, **told})
        return step

    def end(self, step: Step, error: CxmartError | None = None, exit_code: int = ExitCode.DONE) -> None:
        """Write down that a step has ended.

        Args:
            step: the step.
            error: why it failed, if it did.
            exit_code: how it ended, if it did not fail.
        """
        code = ExitCode(error.exit_code if error else exit_code)
        self._write(
            {
                "step": step.name,
                "state": FAILED if error else DONE,
                "started_at": step.started_at,
                "ended_at": self._now(),
                "seconds": round(time.perf_counter() - step.started, 3),
                "counts": step.counts,
                "messages": [*step.messages, *([str(error)] if error else [])],
                "exit_code": int(code),
                "cause": code.name.lower(),
            }
        )

    def _now(self) -> str:
        return instant(self._settings.now(), "milliseconds")

    def _write(self, line: Mapping[str, object]) -> None:
        text = json.dumps({"run_id": self.run_id, **line}, ensure_ascii=False)
        try:
            with self.file.open("a", encoding="utf-8", errors="backslashreplace") as log:
                log.write(f"{text}\n")
        except OSError as error:
            if not self._is_lost:
                complain(translate(error, self.file))
            self._is_lost = True


@dataclass(frozen=True)
class Run:
    """What the log tells of a run. Of one that has not ended, `ended_at`, `seconds` and `exit_code` are None.

    `step` is the last one that began, `counts` has those of each step that ended. `settled_by` names the command that
    has done since what the run did not come to; `messages` are those that still hold.
    """

    run_id: str
    started_at: str | None
    ended_at: str | None
    seconds: float | None
    exit_code: int | None
    cause: str | None
    step: str | None
    messages: list[str]
    counts: dict[str, dict[str, Any]]
    settled_by: str | None = None


def read_runs(settings: Settings, limit: int) -> list[Run]:
    """Read the newest runs, the newest first.

    Args:
        settings: where the logs are.
        limit: at most so many.

    Raises:
        CxmartError: a log can't be read.
    """
    try:
        return [_read(path) for path in _newest_first(settings)[:limit]]
    except OSError as error:
        raise translate(error, folder(settings)) from error


def _newest_first(settings: Settings) -> list[Path]:
    dated = []
    for path in folder(settings).glob(f"*{SUFFIX}"):
        try:
            dated.append((path.stat().st_mtime_ns, path.name, path))
        except FileNotFoundError:
            continue  # deleted meanwhile
    return [path for _, _, path in sorted(dated, reverse=True)]


def _read(path: Path) -> Run:
    lines: list[dict[str, Any]] = []
    for text in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            lines.append(json.loads(text))
        except ValueError:
            continue  # cut off by a kill or a full disk
    of_run = [line for line in lines if line.get("step") == RUN]
    begun: dict[str, Any] = next((line for line in of_run if line.get("state") == STARTED), {})
    ended: dict[str, Any] = next((line for line in of_run if line.get("state") != STARTED), {})
    steps = [line for line in lines if line.get("step") != RUN and line.get("state") != SETTLED]
    settled = [line for line in lines if line.get("state") == SETTLED]
    messages_settled = {message for line in settled for message in line.get("messages", ())}
    messages = [message for message in ended.get("messages", []) if message not in messages_settled]
    exit_code = ended.get("exit_code")
    by = [str(line.get("step")) for line in settled if line.get("step") in _settling(exit_code)]
    if exit_code in FILES and by and messages:
        by = []
    return Run(
        run_id=path.name.removesuffix(SUFFIX),
        started_at=begun.get("started_at"),
        ended_at=ended.get("ended_at"),
        seconds=ended.get("seconds"),
        exit_code=exit_code,
        cause=ended.get("cause"),
        step=steps[-1].get("step") if steps else None,
        messages=messages,
        counts={line["step"]: line["counts"] for line in steps if line.get("counts")},
        settled_by=by[-1] if by else None,
    )


def _settling(exit_code: int | None) -> Collection[str]:
    """Name the commands that do what a run did not come to, by how it ended."""
    if exit_code == ExitCode.DONE:
        return ()
    if exit_code in FILES:
        return (LOAD,)
    return (COPY,) if exit_code == ExitCode.SERVER else (PUBLISH,)


def settle(settings: Settings, command: str, files: Collection[str] = ()) -> None:
    """Write down behind the last run what a command by hand has put right of it, if it has.

    A run says in its end what to do about it; who has done so must not be told of it until the next run. What a file
    lacks that could not be landed, or of which no row landed, is put right by that file alone.

    Args:
        settings: where the logs are.
        command: what was done: LOAD, PUBLISH or COPY.
        files: the names of the files of which rows have landed.
    """
    try:
        paths = _newest_first(settings)[:1]
        for run in map(_read, paths):
            if run.settled_by or command not in _settling(run.exit_code):
                continue
            messages = [text for text in run.messages if any(_is_about(text, file) for file in files)]
            if command == LOAD and not messages:
                continue
            line = {"run_id": run.run_id, "step": command, "state": SETTLED, "messages": messages}
            line["ended_at"] = instant(settings.now(), "milliseconds")
            # The last line of a run that was killed may have no end.
            is_whole = paths[0].read_bytes().endswith(b"\n")
            with paths[0].open("a", encoding="utf-8", errors="backslashreplace") as log:
                log.write(f"{'' if is_whole else chr(10)}{json.dumps(line, ensure_ascii=False)}\n")
    except OSError as error:
        complain(translate(error, folder(settings)))


def _is_about(message: str, file: str) -> bool:
    return re.search(rf"(?<![\w/.-]){re.escape(file)}(?![\w/-]|\.\w)", message) is not None
