-- One row a product with its family; a product without one is its own. Families are of one source, as products are.
select
    product_id,
    source,
    product_name,
    category,
    coalesce(source || ':family:' || family, product_id) as family_id,
    tier
from {{ ref("int_products__unioned") }}
where left_out_reason is null
