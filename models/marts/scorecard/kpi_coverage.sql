-- One row a KPI and a source, and one for all sources together (`all`): whether the tables that the KPI needs are
-- given, and which are missing. A KPI that is not covered has no cells: it would say 0 of what nobody told.
with tables as (
    {% for entity in entities() if entity != "row_accounting" -%}
    select
        source,
        '{{ entity }}' as table_name,
        has_{{ entity }} as is_given
    from {{ ref("int_warehouse__source_coverage") }}
    {{ "union all" if not loop.last }}
    {% endfor -%}
),

scopes as (
    select
        source,
        table_name,
        is_given
    from tables
    union all
    select
        'all' as source,
        table_name,
        bool_or(is_given) as is_given
    from tables
    group by table_name
),

-- One row a KPI, need and table that meets it: of several tables one will do.
needs as (
    {% for kpi in kpi_catalog() -%}
    {% set is_last_kpi = loop.last -%}
    {% for need in kpi.needs -%}
    {% set need_number = loop.index -%}
    {% set is_last_need = loop.last -%}
    {% for table_name in need.split(" or ") -%}
    select
        '{{ kpi.kpi_id }}' as kpi_id,
        {{ need_number }} as need_number,
        '{{ need }}' as need,
        '{{ table_name }}' as table_name
    {{ "union all" if not (loop.last and is_last_need and is_last_kpi) }}
    {% endfor -%}
    {% endfor -%}
    {% endfor -%}
),

met as (
    select
        needs.kpi_id,
        scopes.source,
        needs.need_number,
        needs.need,
        bool_or(scopes.is_given) as is_met
    from needs
    inner join scopes on needs.table_name = scopes.table_name
    group by needs.kpi_id, scopes.source, needs.need_number, needs.need
)

select
    kpi_id,
    source,
    bool_and(is_met) as is_covered,
    {{ texts_in_order("case when not is_met then need end", "need_number") }} as missing
from met
group by kpi_id, source
