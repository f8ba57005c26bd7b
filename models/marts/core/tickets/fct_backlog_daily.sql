-- One row a local date and a source, channel, team, complexity and age band that ever had an open ticket, from its
-- first day to that of `as_of`: tickets open at its end (at `as_of` in an unfinished one) and what moved them.
-- open_tickets = the day before's + created + reopened + moved in - resolved - moved out, on every day and row.
{{ daily_stock(
    ref("fct_ticket_open_stretches"),
    "open_tickets",
    ["source", "channel", "team", "complexity", "age_band"],
    begins={
        "created_tickets": "is_opening and not is_after_reopening",
        "reopened_tickets": "is_opening and is_after_reopening",
        "moved_in_tickets": "not is_opening",
    },
    ends={"resolved_tickets": "is_closing", "moved_out_tickets": "not is_closing"},
) }}
