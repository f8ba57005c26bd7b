"""What is odd in the data, in sentences: what was found in how many rows, what was done with it, and what to do."""

from collections.abc import Sequence

from cxmart.base.formats import count

# The data test that warns of what the mart `findings` lists.
FINDINGS_TEST = "assert_nothing_is_odd"

# What the rows are, behind "3 rows of tickets (standard)", and what it means or what to do.
# `{table}` is the table, `{detail}` what the finding says beside.
SENTENCES = {
    "after_as_of": ("of a time later than the data tell of", "left out until then; look at the clock or the year"),
    "after_landing": ("that happened after they were loaded", "left out; look at the clock or the time zone"),
    "answered_before_queued": ("answered before they were queued", "their waiting is left out; look at the export"),
    "answered_call_without_talk_time": ("that end and say no talk time", "their handling time is left out"),
    "call_ends_before_it_starts": ("that end before they start", "their durations are left out; look at the export"),
    "call_of_unknown_ticket": ("of a ticket that no row describes", "load the tickets that are missing"),
    "claim_before_order": ("earlier than their order", "look at the times of both exports"),
    "claim_on_unknown_order": ("on an order that no row describes", "load the orders that are missing"),
    "clock_skew": ("of two clocks that differ by seconds", "taken as one instant; nothing to do"),
    "closing_on_day_without_work": (
        "closed by an agent on a day without a shift or work",
        "left out of what is per hour worked; load the shifts",
    ),
    "delivered_before_ordered": ("delivered before they were ordered", "look at the times of the export"),
    "event_of_unknown_ticket": ("of a ticket that no row describes", "load the tickets that are missing"),
    "identity_of_many_accounts": (
        "of customers ({detail})",
        "taken for nobody; if it is a placeholder, add it to placeholder_identities.csv",
    ),
    "impossible_time": ("whose {detail} can't be", "read as not told; look at the years, or set CXMART_EARLIEST_DATE"),
    "line_of_unknown_order": ("of an order that no row describes", "load the orders that are missing"),
    "line_of_unknown_product": ("of a product that no row describes", "load the products that are missing"),
    "merge_circle": ("merged into each other in a circle", "each stays itself; look at the export"),
    "merge_into_unknown_ticket": ("merged into a ticket that no row describes", "load the tickets that are missing"),
    "message_of_unknown_ticket": ("of a ticket that no row describes", "load the tickets that are missing"),
    "negative_read_seconds": ("read for less than no time", "their reading time is left out; look at the export"),
    "order_cancelled_at_unknown_time": ("cancelled at a time that is not told", "give cancelled_at"),
    "order_cancelled_before_it_was_placed": ("cancelled before they were placed", "look at the times of the export"),
    "order_of_unknown_customer": ("of a customer that no row describes", "load the customers that are missing"),
    "order_without_amount": ("without an amount", "left out of what is money; give total_amount or lines with prices"),
    "order_without_exchange_rate": (
        "in a currency without a rate for that day",
        "left out of what is money; load exchange_rates, as of that day",
    ),
    "own_accounts_not_told": ("", "is_own_account of brand_mentions is told nowhere, so the brand's own posts count"),
    "refund_at_unknown_time": ("refunded at a time that is not told", "give refunded_at"),
    "refund_before_its_order": ("refunded before their order", "look at the times of both exports"),
    "refund_without_amount": ("refunded without an amount", "left out of what is money; give refund_amount"),
    "refunds_not_told": ("", "no returns table was given, so the value of orders is without what was paid back"),
    "reply_before_ticket": ("that answer a ticket before it was created", "no first reply; look at the time zones"),
    "resolved_at_unknown_time": ("resolved at a time that is not told", "left out; give resolved_at, or ticket_events"),
    "resolved_before_created": ("resolved before they were created", "left out; look at the time zones"),
    "responded_before_sent": ("answered before they were sent", "look at the times of the export"),
    "return_answered_before_request": ("answered before they were requested", "look at the times of the export"),
    "return_before_its_order": ("earlier than their order", "look at the times of both exports"),
    "return_of_unknown_order": ("of an order that no row describes", "load the orders that are missing"),
    "return_refund_above_order_value": ("of orders of which more was refunded than paid", "look at both amounts"),
    "review_before_its_order": ("earlier than their order", "look at the times of both exports"),
    "review_of_unknown_order": ("of an order that no row describes", "load the orders that are missing"),
    "review_of_unknown_product": ("of a product that no row describes", "load the products that are missing"),
    "score_outside_scale": (
        "with a score off its scale",
        "left out; give scale_min and scale_max, or survey_scales.csv",
    ),
    "shift_of_unknown_agent": ("of an agent that no row describes", "load the agents that are missing"),
    "shipped_before_ordered": ("shipped before they were ordered", "look at the times of the export"),
    "survey_on_unknown_ticket": ("on a ticket that no row describes", "load the tickets that are missing"),
    "table_not_given": ("", "{detail}: what needs it has no data until {table} is loaded"),
    "unknown_agent": ("of an agent that no row describes", "load the agents that are missing"),
    "unknown_agent_of_call": ("of an agent that no row describes", "load the agents that are missing"),
    "unknown_calendar": ("of a calendar without opening hours", "always closed; give its hours in business_hours.csv"),
    "unknown_channel": (
        "of a channel that channels.csv does not list",
        "nobody knows whether it is social; add a row to channels.csv, or to name_aliases.csv if it is another word",
    ),
    "unknown_customer": ("of a customer that no row describes", "load the customers that are missing"),
    "unknown_customer_of_call": ("of a customer that no row describes", "load the customers that are missing"),
    "unknown_marketplace": (
        "of the marketplace '{detail}'",
        "no standard or policy names it; if it is another word, add a row to name_aliases.csv",
    ),
    "unknown_scale": (
        "with an answer on no known scale",
        "left out; give scale_min and scale_max, or survey_scales.csv",
    ),
    "unknown_status": ("with the status '{detail}'", "read as not told; add a row to name_aliases.csv"),
    "view_before_publication": ("earlier than the article", "look at the times of both exports"),
    "view_of_unknown_article": ("of an article that no row describes", "load the articles that are missing"),
    "view_of_unknown_customer": ("of a customer that no row describes", "load the customers that are missing"),
}


def sentence_of(
    finding: str, source: str | None, table: str, detail: str | None, rows: int, example: str | None
) -> str:
    """Say a finding in a sentence without a full stop, behind its name.

    Args:
        finding: what was found, as the mart `findings` calls it.
        source: of which source; None for a row of a seed.
        table: in which table.
        detail: what of the rows it is.
        rows: in how many.
        example: the key of one of them.
    """
    what, meaning = SENTENCES.get(finding, ("" if detail is None else "({detail})", ""))
    values = {"table": table, "detail": detail or "something", "rows": count(rows)}
    said = ["", ""]
    if what or finding not in SENTENCES:
        said[0] = " ".join(
            part
            for part in (
                f"{count(rows)} {'row' if rows == 1 else 'rows'} of {table}",
                f"({source})" if source else "",
                _filled(what, values),
            )
            if part
        ) + (f", such as {example}" if example else "")
    said[1] = _filled(meaning, values) + (f" ({source})" if meaning and not said[0] and source else "")
    return f"{finding.replace('_', ' ')}: {'; '.join(_told(said))}"


def _told(parts: Sequence[str]) -> list[str]:
    return [part for part in parts if part]


def _filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text
