"""The command line."""

from cxmart.cli.commands import app, main

__all__ = ["app", "main"]
