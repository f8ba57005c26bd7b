"""Mutation tests: each model broken in the ways such models break, to see that some test tells."""
