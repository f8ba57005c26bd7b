"""A build into the published files and PostgreSQL: the audit, revisions and versions."""
