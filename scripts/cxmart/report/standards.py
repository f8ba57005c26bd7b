"""How the marketplaces judge a day."""

from dataclasses import dataclass
from datetime import date

from cxmart.base.database import Connection, dict_rows
from cxmart.report.period import Period


@dataclass(frozen=True)
class Standard:
    """A figure of a marketplace's standard on the period's last day: its value, limit and margin, in the figure's unit.

    `standard_status` is that of all figures of the standard together.
    """

    standard_id: str
    marketplace: str
    kpi_id: str
    unit: str
    local_date: date
    value: float | None
    sample_size: float
    comparison: str
    limit_value: float
    margin: float | None
    maturity: str
    status: str
    standard_status: str


def standards_of(marts: Connection, period: Period) -> list[Standard]:
    """Read how the marketplaces judge on the period's last day, or on the newest whole day of one that is not over."""
    rows = dict_rows(
        marts,
        """
        with days as (
            select local_date, bool_or(maturity = 'partial') as is_running
            from marketplace_standards
            where local_date >= $first_day and local_date < $end_day
            group by local_date
        )

        select
            standard_id,
            marketplace,
            kpi_id,
            unit,
            local_date,
            value,
            denominator as sample_size,
            comparison,
            limit_value,
            margin,
            maturity,
            status,
            standard_status
        from marketplace_standards
        where local_date = (select local_date from days order by is_running, local_date desc nulls last limit 1)
        order by marketplace nulls last, standard_id nulls last, kpi_id nulls last
        """,
        {"first_day": period.start, "end_day": period.end},
    )
    return [Standard(**row) for row in rows]
