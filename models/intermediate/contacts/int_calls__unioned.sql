-- One row a call of any enabled source. `left_out_reason` marks what is not in the world at `as_of`.
{{ conformed("calls") }}
