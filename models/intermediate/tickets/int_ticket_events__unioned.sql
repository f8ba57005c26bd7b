-- One row a status change or assignment of any enabled source.
{{ conformed("ticket_events") }}
