"""The KPIs once more, in plain Python, to compare the warehouse with."""
