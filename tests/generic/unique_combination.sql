{#
    No two rows of a model are equal in all the columns named; nulls count as equal. Returns the values that repeat.
    For one column that is never null, `unique` says the same.
#}
{% test unique_combination(model, columns) %}
select
    {{ columns | join(",\n    ") }},
    count(*) as rows_of_key
from {{ model }}
group by {{ columns | join(", ") }}
having count(*) > 1
{% endtest %}
