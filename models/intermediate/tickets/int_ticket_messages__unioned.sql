{{ config(materialized="view") }}
-- One row a message of any enabled source. A view: messages are the largest table, and read few times.
{{ conformed("ticket_messages") }}
