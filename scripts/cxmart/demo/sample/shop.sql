-- Ten categories of five families; a family has three tiers, each dearer than the one below, in one or more variants.
create table families as
with categories as (
    select *
    from (
        values
            (0, 'tents', ['dome_tent', 'tunnel_tent', 'trekking_tent', 'beach_shelter', 'tarp'], 9900),
            (1, 'sleeping', ['sleeping_bag', 'sleeping_mat', 'hammock', 'camp_bed', 'pillow'], 4900),
            (2, 'cooking', ['gas_stove', 'cook_set', 'cooler', 'water_filter', 'thermos'], 2900),
            (3, 'lighting', ['trail_lamp', 'headlamp', 'lantern', 'string_lights', 'power_bank'], 1900),
            (4, 'backpacks', ['daypack', 'trekking_pack', 'child_carrier', 'dry_bag', 'duffel'], 3900),
            (5, 'garden', ['raised_bed', 'hose_reel', 'bird_house', 'fire_bowl', 'parasol'], 3400),
            (6, 'furniture', ['garden_chair', 'folding_table', 'bench', 'lounger', 'shelf'], 6900),
            (7, 'kitchen', ['bread_box', 'grill_set', 'knife_block', 'kettle', 'spice_rack'], 2400),
            (8, 'bathroom', ['towel_set', 'laundry_basket', 'shower_caddy', 'bath_mat', 'mirror'], 1700),
            (9, 'storage', ['crate', 'tool_box', 'wall_hooks', 'shoe_rack', 'roof_box'], 2100)
    ) as categories (category_no, category, names, base_cents)
)
select
    5 * categories.category_no + places.place - 1 as family_no,
    categories.category,
    categories.names[places.place] as family,
    categories.base_cents + 100 * draw('family price', 5 * categories.category_no + places.place, 40) as base_cents
from categories, range(1, 6) as places (place);

create table catalogue as
select
    families.*,
    tiers.tier,
    variants.variant,
    ['Basic', 'Plus', 'Pro'][tiers.tier] as tier_name,
    families.base_cents * [100, 165, 270][tiers.tier] // 100 as price_cents,
    'P' || lpad(cast(families.family_no as varchar), 2, '0') || tiers.tier || lpad(cast(variants.variant as varchar), 2, '0')
        as product_id
from families, range(1, 4) as tiers (tier), range(1, 1 + getvariable('crew_size')) as variants (variant);

create table products as
select
    product_id,
    upper(family[1]) || replace(family[2:], '_', ' ') || ' ' || tier_name
    || case when variant > 1 then ' ' || variant else '' end as product_name,
    category,
    family,
    cast(tier as double) as tier,
    cast(getvariable('from_date') as timestamp) as updated_at,
    false as is_deleted
from catalogue
union all
-- A gift card is of no family, and has no versions.
select
    'P9900' as product_id,
    'Gift card' as product_name,
    'gift cards' as category,
    cast(null as varchar) as family,
    cast(null as double) as tier,
    cast(getvariable('from_date') as timestamp) as updated_at,
    false as is_deleted;

-- One row a customer account. A person may have a second account; guests have a hash of their address alone, and a few
-- accounts tell nothing of who it is.
create table accounts as
select
    account_no,
    case when chance('second account', account_no, 60) then greatest(account_no - 1, 1) else account_no end as person_no,
    case
        when draw('account kind', account_no, 100) < 72 then 'registered'
        when draw('account kind', account_no, 100) < 97 then 'guest'
        else 'unknown'
    end as kind,
    chance('test account', account_no, 2) as is_test
from range(1, 1 + getvariable('accounts')) as accounts (account_no);

create table placed as
with drawn as (
    select
        draw_no,
        draw('order day', draw_no, getvariable('order_weight')) as place,
        3600 * getvariable('hours_of_shopping')[1 + draw('order hour', draw_no, 100)]
        + draw('order second', draw_no, 3600) as second_of_day,
        getvariable('marketplaces')[1 + draw('order marketplace', draw_no, 100)] as marketplace
    from range(getvariable('orders')) as drawn (draw_no)
)
select
    row_number() over (order by days.midnight_at + to_seconds(drawn.second_of_day), drawn.draw_no) as order_no,
    row_number() over (
        partition by drawn.marketplace order by days.midnight_at + to_seconds(drawn.second_of_day), drawn.draw_no
    ) as marketplace_no,
    drawn.marketplace,
    days.midnight_at,
    days.iso_weekday,
    days.month_no,
    days.midnight_at + to_seconds(drawn.second_of_day) as ordered_at
from drawn
asof inner join order_days as days on drawn.place >= days.first_weight;

-- One row an order with what becomes of it. On Amazon late shipments, cancellations by the seller and defects come at
-- fixed distances, so that the standards there are met or missed at any size of the brand.
create table order_plans as
with buyers as (
    select
        *,
        case
            when chance('nobody orders', order_no, 35) then null
            -- Three in ten buy once, each with an account of their own; the others come again, some of them often.
            when order_no % 10 < 3
                then least(
                    getvariable('regulars') + 1 + order_no // 10 * 3 + order_no % 10, getvariable('accounts')
                )
            else skewed('buyer', order_no, getvariable('regulars'))
        end as account_no
    from placed
),
located as (
    select
        buyers.*,
        coalesce(accounts.is_test, false) or chance('test order', buyers.order_no, 1) as is_test,
        getvariable('countries')[1 + draw('country', coalesce(accounts.person_no, -buyers.order_no), 100)] as country
    from buyers
    left join accounts on buyers.account_no = accounts.account_no
),
bought as (
    select
        *,
        case
            -- A finding: one order in a currency that has no rate.
            when order_no = 1 + getvariable('orders') // 2 then 'CHF'
            when country = 'GB' then 'GBP'
            when chance('foreign currency', order_no, 6) then 'USD'
            when chance('foreign currency', order_no, 12) then 'PLN'
            else 'EUR'
        end as currency,
        -- Shipped by six in the evening of the next or the second day, not on a Sunday.
        midnight_at
        + to_hours(
            18
            + 24
            * (
                1 + cast(draw('lead days', order_no, 2) as integer)
                + case
                    when (iso_weekday + 1 + cast(draw('lead days', order_no, 2) as integer)) = 7 then 1
                    else 0
                end
            )
        ) as promised_ship_at
    from located
),
judged as (
    select
        *,
        case
            when marketplace <> 'amazon'
                then chance('late', order_no, case when month_no in (11, 12) then 55 else 18 end)
            when promised_ship_at < getvariable('late_from') then marketplace_no % 250 = 0
            when promised_ship_at < getvariable('late_until') then marketplace_no % 12 = 0
            else false
        end as is_late,
        case
            when marketplace = 'amazon' and ordered_at >= getvariable('amazon_cancels_from')
                then marketplace_no % 40 = 5
            when marketplace = 'amazon' then marketplace_no % 200 = 5
            else chance('seller cancels', order_no, 7)
        end as seller_cancels
    from bought
),
cancelled as (
    select
        *,
        case
            when seller_cancels then 'seller'
            when chance('customer cancels', order_no, 18) then 'customer'
            when chance('system cancels', order_no, 5) then 'system'
        end as cancelled_by
    from judged
),
shipped as (
    select
        *,
        case when cancelled_by is not null then later(ordered_at, 600 + draw('cancelled after', order_no, 36000)) end
            as cancelled_at,
        case
            when cancelled_by is not null then null
            when is_late then later(promised_ship_at, 7200 + draw('shipped late', order_no, 200000))
            else greatest(later(promised_ship_at, -draw('shipped early', order_no, 72000)), ordered_at + interval 1 hour)
        end as shipped_at
    from cancelled
)
select
    *,
    case currency when 'GBP' then 86 when 'USD' then 108 when 'PLN' then 430 else 100 end as price_factor,
    promised_ship_at + interval 4 days as promised_delivery_at,
    later(shipped_at, 72000 + long_tail('delivery', order_no, 130000)) as delivered_at
from shipped;

-- One row an order line. Whoever comes back mostly buys in the same few families, and there sometimes a higher tier.
create table lines as
with counted as (
    select
        order_no,
        account_no,
        ordered_at,
        price_factor,
        unnest(generate_series(1, [1, 1, 1, 1, 2, 2, 2, 3, 3, 4][1 + draw('lines', order_no, 10)])) as line_no
    from order_plans
),
chosen as (
    select
        *,
        concat_ws('/', order_no, line_no) as line_key,
        case
            when account_no is not null and chance('favourite', concat_ws('/', order_no, line_no), 650)
                then (
                    draw('taste', account_no, 50) + 7 * draw('which favourite', concat_ws('/', order_no, line_no), 3)
                ) % 50
            else skewed('family', concat_ws('/', order_no, line_no), 50) - 1
        end as family_no
    from counted
)
select
    chosen.order_no,
    chosen.line_no,
    products.product_id,
    products.category,
    products.family,
    case when chance('quantity', chosen.line_key, 150) then 2 + draw('more', chosen.line_key, 3) else 1 end as quantity,
    -- Prices move by up to a tenth, and end in a nine.
    (10 * (products.price_cents * (950 + draw('price', chosen.line_key, 100)) // 10000) - 1)
    * chosen.price_factor // 100 as unit_cents,
    chosen.ordered_at
from chosen
inner join catalogue as products
    on chosen.family_no = products.family_no
    and products.tier = [1, 1, 1, 1, 2, 2, 2, 3, 3, 3][1 + draw('tier', chosen.line_key, 10)]
    and products.variant = 1 + draw('variant', chosen.line_key, getvariable('crew_size'))
union all
select
    order_no,
    9 as line_no,
    'P9900' as product_id,
    'gift cards' as category,
    cast(null as varchar) as family,
    1 as quantity,
    2500 * price_factor // 100 as unit_cents,
    ordered_at
from order_plans
where chance('gift card', order_no, 12);

create table totals as
select
    order_no,
    cast(sum(quantity * unit_cents) as bigint) as cents
from lines
group by order_no;

create table orders as
select
    order_id(orders.order_no) as order_id,
    customer_id(orders.account_no) as customer_id,
    orders.marketplace,
    orders.ordered_at,
    case
        when if_past(orders.cancelled_at) is not null then 'cancelled'
        when if_past(orders.delivered_at) is not null then 'delivered'
        when if_past(orders.shipped_at) is not null then 'shipped'
        else 'processing'
    end as status,
    orders.currency,
    -- Shipping is free from 50 on, and 4.90 below.
    money(totals.cents + case when totals.cents < 50 * orders.price_factor then 490 else 0 end) as total_amount,
    orders.promised_ship_at,
    if_past(orders.shipped_at) as shipped_at,
    orders.promised_delivery_at,
    if_past(orders.delivered_at) as delivered_at,
    if_past(orders.cancelled_at) as cancelled_at,
    case when if_past(orders.cancelled_at) is not null then orders.cancelled_by end as cancelled_by,
    orders.is_test,
    coalesce(
        if_past(orders.cancelled_at), if_past(orders.delivered_at), if_past(orders.shipped_at), orders.ordered_at
    ) as updated_at,
    chance('deleted order', orders.order_no, 1) as is_deleted
from order_plans as orders
inner join totals on orders.order_no = totals.order_no;

create table order_lines as
select
    order_id(order_no) || '-' || line_no as order_line_id,
    order_id(order_no) as order_id,
    product_id,
    quantity,
    money(unit_cents) as unit_price,
    ordered_at as updated_at,
    false as is_deleted
from lines;

-- Requests to send something back. Amazon wants an answer in 48 hours to every one; from late May 2026 on it gets it.
create table returns as
with requested as (
    select
        *,
        later(delivered_at, 20000 + long_tail('return after', order_no, 260000)) as requested_at
    from order_plans
    where chance('return', order_no, 85)
),
answered as (
    select
        *,
        case
            when marketplace = 'amazon' and requested_at >= getvariable('amazon_keeps_from')
                then later(requested_at, least(long_tail('return answer', order_no, 40000), 165600))
            when not chance('return unanswered', order_no, 35)
                then later(requested_at, long_tail('return answer', order_no, 52000))
        end as responded_at
    from requested
    where requested_at < getvariable('export_at')
),
refunded as (
    select
        *,
        case
            when not chance('return refused', order_no, 160)
                then later(responded_at, 86400 + long_tail('refund', order_no, 430000))
        end as refunded_at
    from answered
)
select
    'R' || lpad(cast(refunded.order_no as varchar), 7, '0') as return_id,
    order_id(refunded.order_no) as order_id,
    refunded.requested_at,
    if_past(refunded.responded_at) as responded_at,
    if_past(refunded.refunded_at) as refunded_at,
    case
        when if_past(refunded.refunded_at) is not null
            then money(
                totals.cents * case when chance('part of it', refunded.order_no, 300) then 50 else 100 end // 100
            )
    end as refund_amount,
    coalesce(if_past(refunded.refunded_at), if_past(refunded.responded_at), refunded.requested_at) as updated_at,
    false as is_deleted
from refunded
inner join totals on refunded.order_no = totals.order_no;

create table claims as
with opened as (
    select
        *,
        case when marketplace = 'amazon' then 'a_to_z' else 'chargeback' end as claim_type,
        later(ordered_at, 400000 + long_tail('claim after', order_no, 900000)) as opened_at
    from order_plans
    where case when marketplace = 'amazon' then marketplace_no % 400 = 13 else chance('claim', order_no, 11) end
),
decided as (
    select
        *,
        later(opened_at, 86400 + long_tail('claim decided', order_no, 600000)) as decided_at
    from opened
    where opened_at < getvariable('export_at')
)
select
    'K' || lpad(cast(order_no as varchar), 7, '0') as claim_id,
    order_id(order_no) as order_id,
    claim_type,
    opened_at,
    case
        when if_past(decided_at) is null then 'pending'
        when chance('claim denied', order_no, 450) then 'denied'
        else 'granted'
    end as status,
    if_past(decided_at) as decided_at,
    coalesce(if_past(decided_at), opened_at) as updated_at,
    false as is_deleted
from decided;

-- Reviews of orders, reviews of products by people whose order nobody knows, and the burst: one star each, on Amazon,
-- not verified, and most of them taken down within days.
create table reviews as
with of_orders as (
    select
        'V' || lpad(cast(orders.order_no as varchar), 7, '0') as review_id,
        concat_ws('/', 'order', orders.order_no) as review_key,
        order_id(orders.order_no) as order_id,
        lines.product_id,
        customer_id(orders.account_no) as customer_id,
        orders.marketplace,
        case
            when orders.marketplace = 'amazon' and orders.marketplace_no % 250 = 11
                then 1 + draw('bad stars', orders.order_no, 2)
            when orders.marketplace = 'amazon' then [3, 4, 4, 5, 5, 5, 5, 5][1 + draw('stars', orders.order_no, 8)]
            else [1, 1, 2, 3, 3, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 5][1 + draw('stars', orders.order_no, 16)]
        end as rating,
        later(orders.delivered_at, 40000 + long_tail('review after', orders.order_no, 500000)) as reviewed_at,
        case when chance('review removed', orders.order_no, 12) then 900000 end as removed_after,
        true as is_verified
    from order_plans as orders
    inner join lines on orders.order_no = lines.order_no and lines.line_no = 1
    where
        chance('review', orders.order_no, 100)
        or (orders.marketplace = 'amazon' and orders.marketplace_no % 250 = 11)
),
of_products as (
    select
        'W' || lpad(cast(draw_no as varchar), 7, '0') as review_id,
        concat_ws('/', 'product', draw_no) as review_key,
        cast(null as varchar) as order_id,
        catalogue.product_id,
        cast(null as varchar) as customer_id,
        getvariable('marketplaces')[1 + draw('product review marketplace', drawn.draw_no, 100)] as marketplace,
        [1, 2, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 5][1 + draw('product stars', drawn.draw_no, 16)] as rating,
        later(
            getvariable('from_date'),
            draw('product review day', drawn.draw_no, getvariable('period_days')) * 86400
            + draw('product review second', drawn.draw_no, 79000)
        ) as reviewed_at,
        case when chance('product review removed', drawn.draw_no, 25) then 600000 end as removed_after,
        chance('verified', drawn.draw_no, 600) as is_verified
    from range(getvariable('product_reviews')) as drawn (draw_no)
    inner join catalogue
        on catalogue.family_no = skewed('reviewed family', drawn.draw_no, 50) - 1
        and catalogue.tier = 1 + draw('reviewed tier', drawn.draw_no, 3)
        and catalogue.variant = 1
),
in_burst as (
    select
        'X' || lpad(cast(drawn.draw_no as varchar), 7, '0') as review_id,
        concat_ws('/', 'burst', drawn.draw_no) as review_key,
        cast(null as varchar) as order_id,
        catalogue.product_id,
        cast(null as varchar) as customer_id,
        'amazon' as marketplace,
        1 as rating,
        later(
            getvariable('review_burst_from'),
            draw(
                'burst second',
                drawn.draw_no,
                86400 * date_diff('day', getvariable('review_burst_from'), getvariable('review_burst_until'))
                - 7200
            )
        ) as reviewed_at,
        case when chance('burst removed', drawn.draw_no, 650) then 200000 end as removed_after,
        false as is_verified
    from range(getvariable('burst_reviews')) as drawn (draw_no)
    inner join catalogue
        on catalogue.family = getvariable('review_burst_family')
        and catalogue.tier = 1 + draw('burst tier', drawn.draw_no, 3)
        and catalogue.variant = 1
    where
        getvariable('review_burst_from') >= getvariable('from_date')
        and getvariable('review_burst_until') <= getvariable('to_date') + 1
),
all_reviews as (
    select * from of_orders
    union all
    select * from of_products
    union all
    select * from in_burst
)
select
    review_id,
    order_id,
    product_id,
    customer_id,
    marketplace,
    rating,
    reviewed_at,
    if_past(later(reviewed_at, long_tail('removed after', review_key, removed_after))) as removed_at,
    is_verified,
    coalesce(if_past(later(reviewed_at, long_tail('removed after', review_key, removed_after))), reviewed_at)
        as updated_at,
    chance('deleted review', review_key, 2) as is_deleted
from all_reviews
where reviewed_at < getvariable('export_at');
