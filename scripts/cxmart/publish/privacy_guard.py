"""Which columns a published file must not have."""

import re
from collections.abc import Collection

from cxmart.base.errors import CxmartError

# Columns that name a row of one ticket, order or person; a table for everybody may only have ids of things.
IDS_OF_THINGS = {
    "article_id", "product_id", "family_id", "kpi_id", "standard_id", "template_id", "run_id", "last_load_id"
}  # fmt: skip
PERSONAL_COLUMN = re.compile(r"(^|_)(id|key|email|hash|phone|respondent|assignee|agent|customer|person)$|agent_name")
SECRET_COLUMN = re.compile(r"(^|_)(e?mail|hash|hash_key)(_|$)")


def refuse_personal_columns(table: str, columns: Collection[str]) -> None:
    """Refuse a table for everybody that has a column about one ticket, order or person.

    Raises:
        CxmartError: it has one.
    """
    found = [name for name in columns if name not in IDS_OF_THINGS and PERSONAL_COLUMN.search(name)]
    if found:
        raise CxmartError(
            f"{table}.{found[0]} tells of a single agent or person, and would be in marts.duckdb: declare the model, "
            "or the column, as `config: {meta: {audience: marts_people}}` in its YAML; nothing was published"
        )
