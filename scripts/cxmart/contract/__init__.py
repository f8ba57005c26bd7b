"""What the project declares: sources with their tables and columns, how values may be written, words, the catalogue."""
