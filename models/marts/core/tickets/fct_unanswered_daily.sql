-- One row a local date and a source, channel, complexity, topic and marketplace that ever had a ticket waiting for its
-- first reply, from its first day to that of `as_of`: tickets that wait at its end (at `as_of` in an unfinished one)
-- and what moved them. unanswered_tickets = the day before's + begun - answered - left, on every day and row.
{{ daily_stock(
    ref("fct_ticket_first_waits"),
    "unanswered_tickets",
    ["source", "channel", "complexity", "topic", "marketplace"],
    begins={"begun_tickets": "true"},
    ends={"answered_tickets": "is_answered", "left_tickets": "not is_answered"},
) }}
