-- One row a person, order and product: whether the product's family, and the product, were new to the person, and
-- whether it is a more expensive version of what they had. Earlier are the orders by (ordered_at, order_id) that were
-- no test and not cancelled when this one was placed. Most orders are never cancelled: windows look back over those;
-- the few that counted for a while only are joined.
with purchases as (
    select
        person_id,
        family_id,
        product_id,
        order_id,
        ordered_at,
        counts_until,
        max(tier) as tier,
        max(unit_price_value) as unit_price_value
    from {{ ref("int_order_lines__priced") }}
    where person_id is not null and quantity > 0
    group by all
),

family_purchases as (
    select
        person_id,
        family_id,
        order_id,
        ordered_at,
        counts_until,
        max(tier) as max_tier,
        bool_or(tier is null) as has_unknown_tier,
        max(unit_price_value) as max_unit_price_value,
        coalesce(counts_until = {{ last_instant() }}, false) as counts_for_good
    from purchases
    group by all
),

families_for_good as (
    select
        person_id,
        family_id,
        order_id,
        ordered_at,
        coalesce(bool_or(counts_for_good) over earlier, false) as had_family,
        max(case when counts_for_good then max_tier end) over earlier as max_tier,
        coalesce(bool_or(counts_for_good and has_unknown_tier) over earlier, false) as has_unknown_tier,
        max(case when counts_for_good then max_unit_price_value end) over earlier as max_unit_price_value
    from family_purchases
    window earlier as (
        partition by person_id, family_id order by ordered_at nulls last, order_id nulls last
        rows between unbounded preceding and 1 preceding
    )
),

families_for_a_while as (
    select
        purchases.person_id,
        purchases.family_id,
        purchases.order_id,
        max(earlier.max_tier) as max_tier,
        bool_or(earlier.has_unknown_tier) as has_unknown_tier,
        max(earlier.max_unit_price_value) as max_unit_price_value
    from family_purchases as purchases
    inner join family_purchases as earlier
        on purchases.person_id = earlier.person_id
        and purchases.family_id = earlier.family_id
        and purchases.ordered_at < earlier.counts_until
        and (
            purchases.ordered_at > earlier.ordered_at
            or (purchases.ordered_at = earlier.ordered_at and purchases.order_id > earlier.order_id)
        )
    where earlier.counts_until is not null and not earlier.counts_for_good
    group by all
),

earlier_families as (
    select
        for_good.person_id,
        for_good.family_id,
        for_good.order_id,
        for_good.had_family or for_a_while.order_id is not null as had_family,
        greatest(for_good.max_tier, for_a_while.max_tier) as max_tier,
        for_good.has_unknown_tier or coalesce(for_a_while.has_unknown_tier, false) as has_unknown_tier,
        greatest(for_good.max_unit_price_value, for_a_while.max_unit_price_value) as max_unit_price_value
    from families_for_good as for_good
    left join families_for_a_while as for_a_while
        on for_good.person_id = for_a_while.person_id
        and for_good.family_id = for_a_while.family_id
        and for_good.order_id = for_a_while.order_id
),

-- The newest instant until which any earlier order of the product counted.
earlier_products as (
    select
        person_id,
        product_id,
        order_id,
        coalesce(
            max(counts_until) over (
                partition by person_id, product_id order by ordered_at nulls last, order_id nulls last
                rows between unbounded preceding and 1 preceding
            ) > ordered_at,
            false
        ) as had_product
    from purchases
)

select
    purchases.person_id,
    purchases.order_id,
    purchases.product_id,
    not earlier_families.had_family as is_new_family,
    not earlier_products.had_product as is_new_product,
    coalesce(
        earlier_families.had_family
        and not earlier_products.had_product
        and case
            when purchases.tier is null or earlier_families.has_unknown_tier
                then purchases.unit_price_value > earlier_families.max_unit_price_value
            else purchases.tier > earlier_families.max_tier
        end,
        false
    ) as is_more_expensive_version
from purchases
inner join earlier_families
    on purchases.person_id = earlier_families.person_id
    and purchases.family_id = earlier_families.family_id
    and purchases.order_id = earlier_families.order_id
inner join earlier_products
    on purchases.person_id = earlier_products.person_id
    and purchases.product_id = earlier_products.product_id
    and purchases.order_id = earlier_products.order_id
