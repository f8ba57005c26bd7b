"""The parts of the warehouse that SQL can't do: landing files, building, publishing, drawing the scorecard."""

from importlib.metadata import version

__version__ = version("cxmart")
