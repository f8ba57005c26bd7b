-- One row a raw row, read and judged once for all models: `outcome` and `reason` (the first that fits) say what became
-- of it. Only orders have lines: credit notes (3,836), adjustments (3), invoices of charges alone (186) and stock
-- movements (2,102: write-offs, at no price) are no orders. Of 5,268 repeated rows one each is kept.
{{ config(materialized='table') }}

with

raw_rows as (
    select * from {{ source('online_retail', 'online_retail') }}
),

parsed as (
    select
        upper(trim(invoiceno)) as invoice_no,
        upper(trim(stockcode)) as product_code,
        nullif(trim(description), '') as description,
        try_cast(quantity as decimal(18, 4)) as quantity,
        try_cast(unitprice as decimal(18, 4)) as unit_price,
        -- The workbook has dates, the CSV that UCI offers 12/1/2010 8:26.
        case
            when invoicedate like '%/%/____ %' then {{ slashed_time('invoicedate', month_first=true) }}
            else try_cast(invoicedate as timestamp)
        end as invoiced_at_local,
        -- The ids were numbers in a spreadsheet once: 17850.0 is customer 17850.
        regexp_replace(nullif(trim(customerid), ''), '[.]0$', '') as customer_no,
        nullif(nullif(trim(country), ''), 'Unspecified') as country,
        _loaded_at as loaded_at,
        -- Copies are equal in every column of the file, so it does not matter which one is the first.
        row_number() over (
            partition by invoiceno, stockcode, description, quantity, invoicedate, unitprice, customerid, country
            order by _loaded_at nulls last
        ) as copy_number
    from raw_rows
),

-- Each clock time is converted once: there are some twenty rows to one.
clock_times as (
    select
        invoiced_at_local,
        {{ to_utc('invoiced_at_local', 'Europe/London') }} as invoiced_at
    from parsed
    where invoiced_at_local is not null
    group by invoiced_at_local
),

read as (
    select
        parsed.invoice_no,
        parsed.product_code,
        parsed.description,
        parsed.quantity,
        parsed.unit_price,
        clock_times.invoiced_at,
        parsed.customer_no,
        parsed.country,
        parsed.loaded_at,
        parsed.copy_number,
        -- What is charged beside goods. Every other code is a product: five digits with or without letters, DCGS…,
        -- the gift vouchers (bought like goods) and PADS (cushion pads, sold at 0.001).
        parsed.product_code not in (
            'POST', 'DOT', 'C2', 'M', 'D', 'S', 'B', 'BANK CHARGES', 'AMAZONFEE', 'CRUK'
        ) as is_product,
        coalesce(
            regexp_extract(parsed.invoice_no, '^[AC]?[0-9]+$', 0) <> ''
            and parsed.product_code <> ''
            and parsed.quantity is not null
            and parsed.unit_price is not null
            and clock_times.invoiced_at is not null,
            false
        ) as is_readable
    from parsed
    left join clock_times on parsed.invoiced_at_local = clock_times.invoiced_at_local
),

with_kind as (
    select
        invoice_no,
        product_code,
        description,
        quantity,
        unit_price,
        invoiced_at,
        customer_no,
        country,
        loaded_at,
        copy_number,
        is_product,
        is_readable,
        case
            when not is_readable then null
            when invoice_no like 'C%' then 'credit_note'
            when invoice_no like 'A%' then 'adjustment'
            when bool_or(is_readable and is_product and quantity > 0 and unit_price > 0) over (partition by invoice_no)
                then 'order'
            when bool_or(is_readable and quantity > 0 and unit_price > 0) over (partition by invoice_no)
                then 'fee_only_invoice'
            else 'stock_movement'
        end as invoice_kind
    from read
),

judged as (
    select
        invoice_no,
        invoice_kind,
        product_code,
        description,
        quantity,
        unit_price,
        invoiced_at,
        customer_no,
        country,
        loaded_at,
        case
            when not is_readable then 'unreadable'
            when copy_number > 1 then 'exact_duplicate'
            when invoice_kind <> 'order' then invoice_kind
            when unit_price <= 0 then 'no_price'
            when quantity <= 0 then 'no_quantity'
            when is_product then 'order_line'
            else 'fee_line'
        end as reason
    from with_kind
)

select
    -- ids
    invoice_no,
    product_code,
    customer_no,

    -- attributes
    invoice_kind,
    description,
    country,
    case when reason in ('order_line', 'fee_line') then 'kept' else 'left_out' end as outcome,
    reason,

    -- measures
    quantity,
    unit_price,

    -- times
    invoiced_at,
    loaded_at
from judged
