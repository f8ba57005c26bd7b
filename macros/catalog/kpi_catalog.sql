{#
    The KPI catalogue: what each KPI is, in the order in which a scorecard shows it. A KPI is one entry in the file of
    its group, its observations in models/marts/kpis/<group>/<kpi_id>.sql, and its test. It is a macro because what SQL
    the roll-ups compile to must be known when dbt parses.

    An entry says what is its own; the rest it has from its kind (kpi_kinds) and from kpi_defaults.

    version         number of its definition; a change of the definition is a new one
    kind            how its observations become a value: see kpi_kinds
    headline        whether a scorecard shows it first
    unit            of the value: count, ratio, s (seconds), days, mean, points, money (reporting currency)
    display_unit    the unit to show it in where that is another: `number` for a ratio that is no share of 1
    direction       more, less or neither: what is better
    anchor          what dates an observation, after `event`, `cohort` or `stock`
    window_days     days after the period's end in which a value may still change: those of its windows
                    (macros/windows.sql)
    min_sample      fewer things observed than this, and the status of a cell is `too_few`
    min_respondents of a confidential KPI, the fewest people whose answers a cell may tell
    sample          what the sample is, where it is not the denominator (of counts and sums the observations, of stocks
                    the numerator): numerator or observations
    range           the least and the greatest value that can be; `null` for none
    shortest_grain  hour, day, week or month; it has the longer grains too
    needs           the tables that some source must give for the KPI to say anything (`a or b`: one of them will do);
                    without one of them it is `no_data` (kpi_coverage). What a source must tell beside that is a reason
                    of `exclusions`, since rows are joined by ids, which carry their source
    configured_by   the seeds that a brand has to make its own before the value means something
    is_standard     whether a marketplace's standard may look at it (seed marketplace_standards)
    stretches       of a stock, the fact that has a row for each stretch [starts_at, ends_at) in which a ticket is in it
    movements       of a stock, the fact that has what is added to it and taken from it by day, and its columns
    exclusions      why an observation may be left out: reasons, or groups of reasons, of macros/exclusion_reasons.sql
    slices          names of macros/catalog/slices.sql, with their form where it is not the usual one of the kind:
                    partition  its cells add up to overall
                    overlap    a subject is in several cells (distinct people)
                    own_rows   an observation is in several cells; the KPI's view has rows of their own for it,
                               marked in `only_slice`
                    share      its cells' numerators by overall's denominator
                    `source` is a slice of every KPI, and listed only where it is not the usual form.
#}
{% macro kpi_catalog() %}
{% set kpis = [] %}
{% for group, entries in kpi_groups().items() %}
    {% for entry in entries %}{% do kpis.append(kpi_of_entry(group, entry)) %}{% endfor %}
{% endfor %}
{{ return(representative_kpis(kpis) if var("only_representative_kpis", false) else kpis) }}
{% endmacro %}


{# The entries of each group, in the order of the scorecard. #}
{% macro kpi_groups() %}
{{ return({
    "demand": kpis_of_demand(),
    "speed": kpis_of_speed(),
    "productivity": kpis_of_productivity(),
    "outcome": kpis_of_outcome(),
    "satisfaction": kpis_of_satisfaction(),
    "marketplace": kpis_of_marketplace(),
    "commerce": kpis_of_commerce(),
    "self_service": kpis_of_self_service(),
}) }}
{% endmacro %}


{# What an entry has where neither it nor its kind says otherwise. #}
{% macro kpi_defaults() %}
{{ return({
    "headline": false,
    "display_unit": none,
    "window_days": 0,
    "min_sample": 10,
    "min_respondents": none,
    "sample": none,
    "range": [none, none],
    "shortest_grain": "day",
    "configured_by": [],
    "is_standard": false,
    "stretches": none,
    "movements": none,
    "exclusions": [],
    "is_divided": true,
    "is_additive": false,
    "grows_with_period": false,
    "largest_first": false,
    "counts_people": false,
    "withheld_by": none,
    "slice_form": "partition",
}) }}
{% endmacro %}


{#
    What KPIs of a kind have in common.

    count         numerators are added up; no denominator
    sum           the same, of amounts
    ratio         sum of numerators / sum of denominators
    duration      the same, of seconds, with median and p90 beside it
    stock         the numerator at the end of the period
    distinct      distinct subjects with a numerator / distinct subjects with a denominator
    retained      distinct subjects of both this period and the one before / of the one before
    per_period    a ratio whose observations are of one grain each (`only_grain`)
    confidential  a ratio without numbers in cells of fewer than `min_respondents` subjects, or by which such a cell
                  could be worked out; of months and quarters, in slices that are partitions

    is_divided         whether the value is a quotient; the others have no denominator
    is_additive        whether the parts of days add up to those of longer periods
    grows_with_period  whether the value, or the share, grows with the period: one that is not over is no measure
    largest_first      whether the largest observations say most
    counts_people      whether each subject counts once in a cell
    withheld_by        what decides that a cell is withheld; none where no cell is
    slice_form         the usual form of its slices
#}
{% macro kpi_kinds() %}
{{ return({
    "count": {
        "unit": "count",
        "min_sample": 0,
        "is_divided": false,
        "is_additive": true,
        "grows_with_period": true,
    },
    "sum": {
        "unit": "money",
        "min_sample": 0,
        "is_divided": false,
        "is_additive": true,
        "grows_with_period": true,
        "largest_first": true,
    },
    "ratio": {
        "unit": "ratio",
        "range": [0, 1],
        "is_additive": true,
    },
    "duration": {
        "unit": "s",
        "direction": "less",
        "range": [0, none],
        "is_additive": true,
        "largest_first": true,
    },
    "stock": {
        "unit": "count",
        "direction": "less",
        "anchor": "stock: the period's end",
        "min_sample": 0,
        "range": [0, none],
        "is_divided": false,
        "is_additive": true,
    },
    "distinct": {
        "unit": "ratio",
        "range": [0, 1],
        "grows_with_period": true,
        "counts_people": true,
        "slice_form": "overlap",
    },
    "retained": {
        "unit": "ratio",
        "range": [0, 1],
        "shortest_grain": "month",
        "grows_with_period": true,
        "counts_people": true,
        "slice_form": "overlap",
    },
    "per_period": {
        "unit": "ratio",
        "min_sample": 0,
        "range": [0, none],
        "shortest_grain": "month",
        "grows_with_period": true,
    },
    "confidential": {
        "min_sample": 0,
        "shortest_grain": "month",
        "withheld_by": "respondents",
    },
}) }}
{% endmacro %}


{# A KPI with all that it has: its entry on what its kind and all KPIs have. #}
{% macro kpi_of_entry(group, entry) %}
{% set kinds = kpi_kinds() %}
{% if entry.kind not in kinds %}
    {{ exceptions.raise_compiler_error(entry.kpi_id ~ ": kind is one of " ~ kinds.keys() | join(", ")) }}
{% endif %}
{% set kpi = kpi_defaults() %}
{% do kpi.update(kinds[entry.kind]) %}
{% set names = (kpi.keys() | list) + kpi_own_names() %}
{% for name in entry if name not in names %}
    {{ exceptions.raise_compiler_error(entry.kpi_id ~ ": a KPI has no " ~ name ~ ", only " ~ names | sort | join(", ")) }}
{% endfor %}
{% do kpi.update(entry) %}
{% for name in kpi_own_names() if name not in kpi %}
    {{ exceptions.raise_compiler_error(entry.kpi_id ~ ": " ~ name ~ " is missing") }}
{% endfor %}
{% set grains = ["hour"] + grains() %}
{% do kpi.update({
    "group": group,
    "display_unit": kpi.display_unit or kpi.unit,
    "grains": grains[grains.index(kpi.shortest_grain):],
    "exclusions": reasons_of(kpi.exclusions),
    "slices": forms_of_slices(kpi),
}) %}
{{ return(kpi) }}
{% endmacro %}


{# What each entry has to say, itself or by its kind. #}
{% macro kpi_own_names() %}
{{ return(["kpi_id", "version", "title", "kind", "unit", "direction", "anchor", "needs", "definition", "slices"]) }}
{% endmacro %}


{# The slices of an entry as name: form. #}
{% macro forms_of_slices(kpi) %}
{% set forms = {} %}
{% for item in kpi.slices %}
{% do forms.update(item if item is mapping else {item: kpi.slice_form}) %}
{% endfor %}
{% for name in forms if name not in slice_definitions() %}
    {{ exceptions.raise_compiler_error(
        kpi.kpi_id ~ ": there is no slice '" ~ name ~ "'; macros/catalog/slices.sql declares them"
    ) }}
{% endfor %}
{{ return(forms) }}
{% endmacro %}


{#
    The first KPI of each kind, with each form of slices, and with each other trait that SQL depends on. The linter looks
    at these alone (.sqlfluff): for the others, roll-ups repeat the same lines with other names.
#}
{% macro representative_kpis(kpis) %}
{% set seen, kept = [], [] %}
{% for kpi in kpis %}
{% set traits = [
    "hour " ~ ("hour" in kpi.grains), "sample " ~ kpi.sample, "range " ~ (kpi.range != [none, none]),
    "exclusions " ~ (kpi.exclusions != []), "stretches " ~ (kpi.stretches is not none), "standard " ~ kpi.is_standard
] %}
{% for form in kpi_slices(kpi).values() %}{% do traits.append([kpi.kind, form]) %}{% endfor %}
{% if traits | reject("in", seen) | list %}
{% do kept.append(kpi) %}
{% do seen.extend(traits) %}
{% endif %}
{% endfor %}
{{ return(kept) }}
{% endmacro %}


{# The KPIs of some kinds, in the catalogue's order. #}
{% macro kpis_of_kind(kinds) %}
{{ return(kpi_catalog() | selectattr("kind", "in", kinds) | list) }}
{% endmacro %}


{# The kinds whose value is a quotient. #}
{% macro divided_kinds() %}
{% set names = [] %}
{% for name, kind in kpi_kinds().items() if kind.get("is_divided", true) %}{% do names.append(name) %}{% endfor %}
{{ return(names) }}
{% endmacro %}


{# The KPIs whose parts of days add up to those of longer periods. #}
{% macro additive_kpis() %}{{ return(kpi_catalog() | selectattr("is_additive") | list) }}{% endmacro %}


{# The others: each period looks at its own observations. #}
{% macro kpis_of_single_periods() %}{{ return(kpi_catalog() | rejectattr("is_additive") | list) }}{% endmacro %}


{# The KPIs that a marketplace standard can look at: their sums over its window. #}
{% macro standard_kpis() %}
{{ return(kpi_catalog() | selectattr("is_standard") | map(attribute="kpi_id") | list) }}
{% endmacro %}
