{#
    Names that one source or another writes in its own way. A column of names is of a kind (`names` of an entity in
    macros/entities.sql); names of one kind are compared with each other, whatever the table. int_warehouse__names says
    what each spelling is called.
#}

{# The names of a kind that definitions know by themselves. #}
{% macro listed_names() %}
{% set lists %}
ticket_status: [new, open, pending, on_hold, solved, closed]
author: [customer, agent, automation, system]
complexity: [low, medium, high]
direction: [inbound, outbound]
survey_type: [csat, nps, ces, agent_satisfaction, article_helpful]
order_status: [cancelled, shipped, delivered]
canceller: [seller, customer, system]
claim_type: [a_to_z, chargeback]
claim_status: [pending, granted, denied]
resource_type: [article, faq, video]
{% endset %}
{{ return(fromyaml(lists)) }}
{% endmacro %}


{# Kinds in which a word that is known nowhere says nothing: it is null, and a finding. #}
{% macro closed_kinds() %}{{ return(["ticket_status"]) }}{% endmacro %}


{# All kinds of names, in alphabetical order. `event_type` has names for the loader alone. #}
{% macro name_kinds() %}
{% set kinds = ["event_type"] %}
{% for specification in entities().values() %}
    {% for kind in specification.get("names", {}).values() if kind not in kinds %}{% do kinds.append(kind) %}{% endfor %}
{% endfor %}
{{ return(kinds | sort) }}
{% endmacro %}


{# The columns of seeds that hold names, as [seed, column, kind, whether what stands there is known by that]. #}
{% macro names_in_seeds() %}
{{ return([
    ["channels", "channel", "channel", true],
    ["sla_policies", "channel", "channel", false],
    ["sla_policies", "marketplace", "marketplace", true],
    ["sla_policies", "priority", "priority", false],
    ["marketplace_standards", "marketplace", "marketplace", true],
]) }}
{% endmacro %}


{# The one name of a spelling: `names` is int_warehouse__names, joined by `joined_names`; a text of no names is as it is. #}
{% macro name_of(names, column) -%}
case when {{ names }}.spelling is null then {{ column }} else {{ names }}.name end
{%- endmacro %}


{# The join that `name_of` needs. #}
{% macro joined_names(names, kind, column) -%}
left join {{ ref("int_warehouse__names") }} as {{ names }}
    on {{ names }}.kind = '{{ kind }}' and {{ column }} = {{ names }}.spelling
{%- endmacro %}
