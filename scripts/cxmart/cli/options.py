"""Options that several commands have."""

from typing import Annotated

import typer

from cxmart.base.console import Format

AsFormat = Annotated[
    Format | None,
    typer.Option("--format", help="For programs: tsv or csv (a header, a row a line, numbers unrounded) or json."),
]
AsJson = Annotated[bool, typer.Option("--json", help="The same as --format json.")]
