"""The command line."""

from cxmart.cli.command_line import app, main

__all__ = ["app", "main"]
