-- One row a view of a help article of any enabled source. `left_out_reason` marks what is not in
-- the world at `as_of`.
{{ conformed("article_views") }}
