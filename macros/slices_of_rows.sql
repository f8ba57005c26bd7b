{#
    The columns `only_slice`, `source` and the slices in their order, of rows of a KPI's view that stand apart for one
    slice (`category`), or of the rows for all the others. A row has no value in the slices that it is not for.

    only_slice: the slice that the rows stand apart for; none for the rows of the others.
    slices: all slices but `source`.
    apart: those of them that have rows of their own.
#}
{% macro slices_of_rows(only_slice, slices, apart=["category"]) -%}
{{ "'" ~ only_slice ~ "'" if only_slice else "cast(null as string)" }} as only_slice,
    source
    {%- for slice in slices %},
    {% if slice == only_slice or (not only_slice and slice not in apart) -%}
    {{ slice }}
    {%- else -%}
    cast(null as string) as {{ slice }}
    {%- endif %}
    {%- endfor %}
{%- endmacro %}
