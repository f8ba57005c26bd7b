"""Saying what files are and what keeps rows out, and the lines of configuration that would read them."""
