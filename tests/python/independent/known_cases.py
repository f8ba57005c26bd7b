"""All data sets of which some cells were worked out by hand."""

from __future__ import annotations

from independent import cases, cases_conforming, cases_conversations, cases_people, cases_shop, cases_tickets

CASES = [
    case
    for module in (cases, cases_conforming, cases_tickets, cases_conversations, cases_people, cases_shop)
    for case in module.CASES
]
