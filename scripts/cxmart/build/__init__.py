"""raw.duckdb into build.duckdb: dbt, what its tests found, and how old the data is."""
