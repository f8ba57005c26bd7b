-- One row a product, with the family that it is a version of.
select
    product_id,
    source,
    product_name,
    category,
    family_id,
    tier
from {{ ref("int_products__families") }}
