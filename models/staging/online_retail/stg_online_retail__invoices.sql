-- One row an invoice of any kind. The file does not say what a credit note refers to: it cancels the newest order of
-- its customer, not younger than itself and not cancelled yet, that has the very same priced lines. So 116 credit notes
-- cancel 116 orders; the other 3,720 fit none as a whole, and leave orders valid.
{{ config(materialized='table') }}

with

invoice_lines as (
    select * from {{ ref('stg_online_retail__invoice_lines') }}
    where reason not in ('unreadable', 'exact_duplicate')
),

invoices as (
    select
        invoice_no,
        invoice_kind as kind,
        max(customer_no) as customer_no,
        -- Some invoices were written over two minutes.
        min(invoiced_at) as invoiced_at,
        count(*) as line_count,
        cast(sum(quantity * unit_price) filter (where outcome = 'kept') as decimal(18, 4)) as total_amount,
        min(loaded_at) as loaded_at
    from invoice_lines
    group by invoice_no, invoice_kind
),

-- What an order charged, or what a credit note gives back, in the same terms.
charged as (
    select
        invoice_no,
        invoice_kind as kind,
        customer_no,
        product_code,
        case when invoice_kind = 'credit_note' then -quantity else quantity end as quantity,
        unit_price,
        count(*) as times,
        count(*) over (partition by invoice_no) as distinct_lines
    from invoice_lines
    where
        customer_no is not null
        and unit_price > 0
        and (outcome = 'kept' or invoice_kind = 'credit_note')
    group by invoice_no, invoice_kind, customer_no, product_code, quantity, unit_price
),

same_lines as (
    select
        credited.invoice_no as credit_note_no,
        ordered.invoice_no as order_no
    from charged as credited
    inner join charged as ordered
        on
        credited.customer_no = ordered.customer_no
        and credited.product_code = ordered.product_code
        and credited.quantity = ordered.quantity
        and credited.unit_price = ordered.unit_price
        and credited.times = ordered.times
        and credited.distinct_lines = ordered.distinct_lines
    where
        credited.kind = 'credit_note'
        and ordered.kind = 'order'
    group by credited.invoice_no, ordered.invoice_no
    having count(*) = max(credited.distinct_lines)
),

-- All orders and credit notes with the same lines are one group, named by its first order.
grouped as (
    select
        credit_note_no,
        order_no,
        min(order_no) over (partition by credit_note_no) as group_no
    from same_lines
),

steps as (
    select
        grouped.group_no,
        grouped.order_no as invoice_no,
        1 as step
    from grouped
    union distinct
    select
        grouped.group_no,
        grouped.credit_note_no as invoice_no,
        -1 as step
    from grouped
),

in_time_order as (
    select
        steps.group_no,
        steps.invoice_no,
        steps.step,
        invoices.invoiced_at,
        row_number() over (
            partition by steps.group_no
            order by invoices.invoiced_at asc nulls last, steps.step desc nulls last, steps.invoice_no asc nulls last
        ) as place
    from steps
    inner join invoices on steps.invoice_no = invoices.invoice_no
),

-- An order is on the level to which it raises the balance, a credit note on the one from which it lowers it. On each
-- level the two alternate, so a credit note closes the order before it; on the first place of a level, nothing.
levelled as (
    select
        group_no,
        invoice_no,
        step,
        invoiced_at,
        place,
        case when step = -1 then 1 else 0 end
        + sum(step) over (
            partition by group_no
            order by place nulls last
            rows between unbounded preceding and current row
        ) as level
    from in_time_order
),

closings as (
    select
        invoice_no,
        step,
        lag(invoice_no) over (partition by group_no, level order by place nulls last) as invoice_no_before,
        invoiced_at
    from levelled
),

cancellations as (
    select
        invoice_no as credit_note_no,
        invoice_no_before as order_no,
        invoiced_at as cancelled_at
    from closings
    where
        step = -1
        and invoice_no_before is not null
)

select
    -- ids
    invoices.invoice_no,
    invoices.customer_no,
    by_credit_note.credit_note_no as cancelled_by_invoice_no,
    of_order.order_no as cancels_invoice_no,

    -- attributes
    invoices.kind,

    -- measures
    invoices.line_count,
    invoices.total_amount,

    -- times
    invoices.invoiced_at,
    by_credit_note.cancelled_at,
    invoices.loaded_at
from invoices
left join cancellations as by_credit_note on invoices.invoice_no = by_credit_note.order_no
left join cancellations as of_order on invoices.invoice_no = of_order.credit_note_no
