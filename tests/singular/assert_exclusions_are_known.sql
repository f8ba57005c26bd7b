-- Guards against observations that are left out of a KPI for a reason that its entry in the catalogue does not tell.
with known as (
    {% for kpi in kpi_catalog() -%}
    select
        {{ literal(kpi.kpi_id) }} as kpi_id,
        {{ literal((kpi.exclusions or []) | join(",")) }} as exclusion_reasons
    {{ "union all" if not loop.last }}
    {% endfor -%}
)

select
    exclusions.kpi_id,
    exclusions.exclusion_reason
from {{ ref("kpi_exclusions") }} as exclusions
inner join known on exclusions.kpi_id = known.kpi_id
where not {{ in_comma_list("exclusions.exclusion_reason", "known.exclusion_reasons") }}
