{#
    No two rows that are equal in the columns named (nulls count as equal) are valid on one day. A row is valid from
    `valid_from` until the day before `valid_to`, or for good. Returns each row that begins while an earlier one holds.
#}
{% test no_overlapping_validity(model, columns) %}
select
    {{ columns | join(",\n    ") }},
    valid_from,
    valid_to,
    'begins while another row for the same holds' as problem
from {{ model }}
qualify
    max(coalesce(valid_to, cast('9999-12-31' as date))) over (
        partition by {{ columns | join(", ") }}
        order by valid_from nulls first, valid_to nulls last
        rows between unbounded preceding and 1 preceding
    ) > coalesce(valid_from, cast('0001-01-01' as date))
{% endtest %}
