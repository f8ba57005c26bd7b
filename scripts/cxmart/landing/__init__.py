"""Files into raw.duckdb: finding, reading, repairing, type checking, writing, and what is rejected."""
