"""Erasing a person from all that the warehouse holds."""
