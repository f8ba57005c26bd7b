"""What macros of the dbt project give, for who needs it without a warehouse: the catalogue, its windows, its names."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Never

import jinja2
import yaml
from jinja2.parser import Parser

from cxmart.base.errors import CxmartError, ExitCode

# The files of macros that need nothing of dbt but `return`, `fromyaml`, `var` and errors.
FILES = ("windows.sql", "names.sql", "exclusion_reasons.sql", "rollups.sql", "catalog/*.sql")


# Macros get other names than those they are called by, so that each call, of one file or another, goes by `_returning`.
PREFIX = "macro_"


class _ReturnedError(Exception):
    """Ends a macro with a value, as `return` does in dbt."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value


class _Parser(Parser):
    def parse_macro(self) -> jinja2.nodes.Macro:
        macro = super().parse_macro()
        macro.name = PREFIX + macro.name
        return macro


class _Environment(jinja2.Environment):
    def _parse(self, source: str, name: str | None, filename: str | None) -> jinja2.nodes.Template:
        return _Parser(self, source, name, filename).parse()


class _Exceptions:
    def raise_compiler_error(self, message: str) -> Never:
        raise CxmartError(message, ExitCode.USAGE)


def read_macros(root: Path) -> Mapping[str, Callable[..., Any]]:
    """Give the macros of the project's catalogue as functions, by name.

    Args:
        root: the folder of the dbt project.

    Raises:
        CxmartError: a file can't be read. A macro that is called raises it too where the catalogue has a mistake.
    """
    environment = _Environment(extensions=["jinja2.ext.do"])
    macros: dict[str, Any] = {
        **environment.globals,
        "return": _return,
        "fromyaml": yaml.safe_load,
        "var": lambda _name, default=None: default,
        "exceptions": _Exceptions(),
    }
    folder = root / "macros"
    try:
        for path in [path for pattern in FILES for path in sorted(folder.glob(pattern))]:
            template = environment.from_string(path.read_text(encoding="utf-8"))
            for name, macro in vars(template.make_module(macros, shared=True)).items():
                if isinstance(macro, jinja2.runtime.Macro):
                    macros[name.removeprefix(PREFIX)] = _returning(macro, path)
    except (OSError, UnicodeDecodeError, jinja2.TemplateError) as error:
        raise CxmartError(f"the macros in {folder} can't be read: {error!r}", ExitCode.USAGE) from error
    return macros


def _return(value: object) -> Never:
    raise _ReturnedError(value)


def _returning(macro: Callable[..., Any], path: Path) -> Callable[..., Any]:
    def call(*arguments: object) -> Any:  # noqa: ANN401
        try:
            return macro(*arguments)
        except _ReturnedError as returned:
            return returned.value
        except (yaml.YAMLError, jinja2.TemplateError) as error:
            raise CxmartError(f"{path} can't be read: {error}", ExitCode.USAGE) from error

    return call
