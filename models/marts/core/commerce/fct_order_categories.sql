-- One row an order and a product category of its lines; an order without lines has one row without a category. Money is
-- the category's lines, unknown where the price of one is. Order columns are repeated, so that a KPI can be cut by
-- category without a join.
with categories as (
    select
        orders.order_id,
        orders.source,
        orders.person_id,
        orders.exclusion_reason,
        orders.novelty_exclusion_reason,
        orders.is_valid,
        orders.is_repeat,
        orders.ordered_at,
        orders.currency,
        orders.exchange_rate,
        lines.category,
        -- Sums of decimals do not depend on the order of the rows, sums of doubles do.
        cast(sum(cast(lines.line_value as decimal(38, 12))) as double) as priced_value,
        coalesce(bool_or(lines.unit_price is null and lines.quantity <> 0), false) as has_unknown_price,
        coalesce(bool_or(lines.is_new_family), false) as has_new_family,
        coalesce(bool_or(lines.is_more_expensive_version), false) as has_more_expensive_version
    from {{ ref("fct_orders") }} as orders
    left join {{ ref("fct_order_lines") }} as lines on orders.order_id = lines.order_id
    group by all
)

select
    order_id,
    source,
    person_id,
    exclusion_reason,
    novelty_exclusion_reason,
    is_valid,
    is_repeat,
    ordered_at,
    exchange_rate,
    category,
    case when not has_unknown_price then priced_value end as category_value,
    case
        when currency is null then 'unknown_amount'
        when exchange_rate is null then 'no_exchange_rate'
        when has_unknown_price then 'unknown_amount'
        when priced_value is null then 'no_lines'
    end as unknown_value_reason,
    has_new_family,
    has_more_expensive_version
from categories
