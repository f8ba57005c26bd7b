"""The public data sets that tests read where they are there, and made-up rows in their forms.

The data sets are not part of the project (docs/public-data.md): they lie beside it, in `../shared/data`, or where the
environment variable PUBLIC_DATA says.
"""

import csv
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from conftest import PROJECT_ROOT
from landings import contract_of

FOLDER = Path(os.environ.get("PUBLIC_DATA") or PROJECT_ROOT.parent / "shared" / "data")
ONLINE_RETAIL = FOLDER / "online_retail.csv.gz"
UCI_INCIDENTS = FOLDER / "uci_incidents.csv.gz"

needs_online_retail = pytest.mark.skipif(
    not ONLINE_RETAIL.is_file(), reason=f"the data set is not part of the project: no {ONLINE_RETAIL}"
)
needs_incidents = pytest.mark.skipif(
    not UCI_INCIDENTS.is_file(), reason=f"the data set is not part of the project: no {UCI_INCIDENTS}"
)

Row = dict[str, str]


def invoice_lines() -> Iterator[Row]:
    """Invoice lines as in Online Retail: 50 orders of three customers and of nobody, with what is odd in them."""
    codes = [("85123A", "WHITE HEART", "2.55"), ("22423", "TEA STAND", "10.95"), ("POST", "POSTAGE", "18.0")]
    customers = ["17850.0", "12583.0", "12346.0", ""]
    numbers = [536365, 541431, *range(550000, 550048)]
    for place, number in enumerate(numbers):
        invoiced_at = datetime.fromisoformat("2010-12-01 08:26") + timedelta(days=7 * place, minutes=place)
        shared = {
            "InvoiceDate": f"{invoiced_at:%Y-%m-%d %H:%M:%S}",
            "CustomerID": customers[place % 4],
            "Country": "United Kingdom" if place % 3 else "France",
        }
        for code, description, price in codes[: 1 + place % 3]:
            line = {"StockCode": code, "Description": description, "Quantity": str(1 + place % 5), "UnitPrice": price}
            yield {"InvoiceNo": str(number), **line, **shared}
            if place == 5:
                yield {"InvoiceNo": str(number), **line, **shared}  # the same row once more
            if place == 7:
                yield {"InvoiceNo": f"C{number}", **line, "Quantity": f"-{line['Quantity']}", **shared}


def incident_updates() -> Iterator[Row]:
    """Updates of incidents as in the log of a service desk: 40 incidents, each opened, worked on, solved and closed."""
    columns = [column.name for column in contract_of("uci_incidents").tables["uci_incidents"].columns]
    for place in range(40):
        opened_at = datetime.fromisoformat("2016-02-29 01:16") + timedelta(days=place, minutes=7 * place)
        steps = [("New", 0), ("Active", 1), ("Awaiting User Info", 3), ("Resolved", 6 + place % 4), ("Closed", 120)]
        if place % 5 == 0:
            steps.insert(4, ("Active", 30))  # reopened
            steps.insert(5, ("Resolved", 33))
        for number, (state, hours) in enumerate(steps):
            yield {
                **dict.fromkeys(columns, "?"),
                "number": f"INC{45 + place:07d}",
                "incident_state": state,
                "sys_mod_count": str(number),
                "caller_id": f"Caller {2403 + place % 7}",
                "opened_at": _with_slashes(opened_at),
                "sys_updated_at": _with_slashes(opened_at + timedelta(hours=hours)),
                "contact_type": "Phone" if place % 4 else "Email",
                "category": f"Category {55 + place % 3}",
                "priority": "3 - Moderate" if place % 6 else "1 - Critical",
                "assignment_group": "Group 70" if place % 2 else "Group 56",
                "assigned_to": "?" if state == "New" else f"Resolver {place % 4}",
            }


def _with_slashes(instant: datetime) -> str:
    return f"{instant.day}/{instant.month}/{instant:%Y %H:%M}"


def write_rows(path: Path, rows: Iterator[Row]) -> Path:
    """Write rows as a CSV file."""
    written = list(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(written[0]))
        writer.writeheader()
        writer.writerows(written)
    return path
