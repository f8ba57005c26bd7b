"""The KPI dictionary: a page a KPI, with examples worked out from a built warehouse."""
