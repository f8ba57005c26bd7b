-- One row a survey type and word in which answers come (seed survey_scales): its points and the scale that they are of.
-- A word without points is a survey that was sent and has no answer.
with items as (
    select
        survey_type,
        scale_min,
        scale_max,
        {{ rows_of_text_list("words", "|") }} as item
    from {{ ref("survey_scales") }}
)

select
    survey_type,
    {{ name_key("split_part(item, '=', 1)") }} as word_key,
    {{ to_number("split_part(item, '=', 2)") }} as points,
    scale_min,
    scale_max
from items
