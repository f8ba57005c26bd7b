{#- A time that an export writes with slashes, such as 29/2/2016 01:16, as a timestamp; null where it is none.
`month_first` is for the American order. -#}
{%- macro slashed_time(text, month_first=false) -%}
    {%- set date = "split_part(" ~ text ~ ", ' ', 1)" -%}
    {%- set month, day = (1, 2) if month_first else (2, 1) -%}
    try_cast(
            split_part({{ date }}, '/', 3)
            || '-' || split_part({{ date }}, '/', {{ month }})
            || '-' || split_part({{ date }}, '/', {{ day }})
            || ' ' || split_part({{ text }}, ' ', 2)
            as timestamp
        )
{%- endmacro -%}
