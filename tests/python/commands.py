"""Finding the commands that messages and pages tell a person to run, and parsing them as the command line does."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from cxmart.cli import app

# In backticks, behind a colon or alone on a line; settings may stand before it.
_COMMAND = r"(?:[A-Z_]+=(?:'[^'\n]*'|[^\s`]+) )*cxmart [a-z][^`\n]*"
PRINTED = re.compile(rf"`({_COMMAND})`|: ({_COMMAND})$|^ *({_COMMAND})$", re.MULTILINE)


def commands_in(text: str) -> list[str]:
    """List the commands that a text tells to run."""
    return [next(filter(None, match.groups())).rstrip() for match in PRINTED.finditer(text)]


def commands_of_page(page: str) -> list[str]:
    """List the commands in the blocks of shell code of a page of Markdown, without remarks."""
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    found = [re.search(r"(?:^|/|\s)cxmart ([a-z-].*)$", line) for line in lines if not line.startswith("#")]
    return [shlex.join(shlex.split(f"cxmart {match.group(1)}", comments=True)) for match in found if match]


# Typer has the library that it is made of within itself: this is its class of all that is wrong with a call.
UsageError: Any = typer.BadParameter.__mro__[1]


def parse(command: str) -> None:
    """Parse a command as the command line would, without running it.

    Raises:
        UsageError: there is no such command, or its words are not those that it takes.
    """
    words = shlex.split(command)
    words = words[words.index("cxmart") + 1 :]
    for end in ("|", "&&", ";", ">"):
        words = words[: words.index(end)] if end in words else words
    found: Any = typer.main.get_command(app)
    name, context = "cxmart", None
    while True:
        # A group parses its own options and leaves the rest; the rest is looked at here, and nothing is run.
        context = found.make_context(name, list(words), parent=context)
        if not hasattr(found, "resolve_command"):
            return
        name, found, words = found.resolve_command(context, [*context._protected_args, *context.args])


def commands_in_messages(module: Path, values: dict[str, str]) -> Iterator[str]:
    """List the commands in the messages of a module; what is filled in when it runs is a value of its name, or `x`.

    Args:
        module: the file of the module.
        values: what names in a message may stand for.
    """
    tree = ast.parse(module.read_text(encoding="utf-8"))
    pages = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (
                str(part.value) if isinstance(part, ast.Constant) else _value_of(part, values) for part in node.values
            )
            yield from commands_in("".join(parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not {id(node)} & (pages | inner):
            yield from commands_in(node.value)


def _value_of(part: ast.expr, values: dict[str, str]) -> str:
    names = [node.id for node in ast.walk(part) if isinstance(node, ast.Name)]
    names += [node.attr for node in ast.walk(part) if isinstance(node, ast.Attribute)]
    return next((values[name] for name in reversed(names) if name in values), "x")
