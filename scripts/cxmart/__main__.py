"""`python -m cxmart` is the command line."""

from cxmart.cli import main

main()
