-- One row an order line of any enabled source.
{{ conformed("order_lines") }}
