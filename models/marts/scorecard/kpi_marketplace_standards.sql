{{ config(alias="marketplace_standards") }}
-- One row a figure of a marketplace's standard and a local day: the figure over the window that ends with the day (or
-- `lag_days` before it), its limit, margin, maturity and status. Every observation enters its windows on one day and
-- leaves them on another, so running sums over the days give each window.
with standards as (
    select
        standards.standard_id,
        {{ name_of("marketplace_name", "trim(standards.marketplace)") }} as marketplace,
        standards.kpi_id,
        standards.window_days,
        standards.lag_days,
        standards.comparison,
        standards.limit_value,
        standards.valid_from,
        standards.valid_to,
        row_number() over (
            order by
                standards.standard_id nulls last,
                standards.marketplace nulls last,
                standards.kpi_id nulls last,
                standards.valid_from nulls last
        ) as standard_number
    from {{ ref("marketplace_standards") }} as standards
    {{ joined_names("marketplace_name", "marketplace", "trim(standards.marketplace)") }}
),

-- Exact numbers: what enters a running sum has to leave it whole.
observations as (
    {% for kpi_id in standard_kpis() -%}
    select
        '{{ kpi_id }}' as kpi_id,
        marketplace,
        {{ to_local_date("measured_at", reporting_timezone()) }} as local_date,
        sum(cast(numerator as decimal(38, 6))) as numerator,
        sum(cast(denominator as decimal(38, 6))) as denominator
    from {{ ref(kpi_id) }}
    where exclusion_reason is null and marketplace is not null
    group by all
    {{ "union all" if not loop.last }}
    {% endfor -%}
),

turns as (
    select
        marketplace,
        {{ to_local_date("begins_at", reporting_timezone()) }} as begin_date,
        {{ to_local_date("replied_at", reporting_timezone()) }} as reply_date,
        {{ to_local_date("no_reply_needed_at", reporting_timezone()) }} as no_reply_needed_date,
        -- A call before the turn was before its window.
        greatest(
            {{ to_local_date("least(closed_at, spoken_to_at)", reporting_timezone()) }},
            case
                when coalesce(closed_at, spoken_to_at) is not null
                    then {{ to_local_date("begins_at", reporting_timezone()) }}
            end
        ) as no_more_waiting_date,
        count(*) as turn_count,
        -- Of a reply or a question that is but a date nobody knows how long the customer waited.
        count(wait_seconds) as timed_turn_count,
        sum(cast(wait_seconds as decimal(38, 6))) as wait_seconds
    from {{ ref("fct_ticket_turns") }}
    where exclusion_reason is null and is_inbound and marketplace is not null
    group by all
),

observed_dates as (
    select local_date
    from observations
    union all
    select begin_date as local_date
    from turns
),

bounds as (
    select
        min(observed_dates.local_date) as first_date,
        max({{ to_local_date("now.as_of", reporting_timezone()) }}) as last_date,
        max(now.as_of) as as_of
    from observed_dates
    cross join {{ ref("int_warehouse__as_of") }} as now
),

-- Windows are of dates: one that the zone left out is in them, but is not judged.
dates as (
    {{ local_dates_between("(select first_date from bounds)", "(select last_date from bounds)", "UTC") }}
),

days as (
    select
        date_day,
        row_number() over (order by date_day nulls last) as day_number
    from dates
),

judged_dates as (
    {{ local_dates_between(
        "(select first_date from bounds)", "(select last_date from bounds)", reporting_timezone()
    ) }}
),

-- The days [first_number, end_number) on which an observation is in the window of a standard.
kpi_spans as (
    select
        standards.standard_number,
        days.day_number as observed_number,
        days.day_number + standards.lag_days as first_number,
        days.day_number + standards.lag_days + standards.window_days as end_number,
        observations.numerator,
        observations.denominator
    from standards
    inner join observations
        on standards.kpi_id = observations.kpi_id
        and standards.marketplace = observations.marketplace
    inner join days on observations.local_date = days.date_day
),

numbered_turns as (
    select
        standards.standard_number,
        standards.kpi_id,
        begin_days.day_number as begin_number,
        reply_days.day_number as reply_number,
        -- Who waits no more, as the turn was closed or spoken to, is in no rate of replies from that day on.
        least(
            begin_days.day_number + standards.window_days,
            no_reply_days.day_number,
            case when standards.kpi_id = 'turns_answered_rate' then no_more_waiting_days.day_number end
        ) as end_number,
        turns.turn_count,
        turns.timed_turn_count,
        turns.wait_seconds
    from standards
    inner join turns on standards.marketplace = turns.marketplace
    inner join days as begin_days on turns.begin_date = begin_days.date_day
    left join days as reply_days on turns.reply_date = reply_days.date_day
    left join days as no_reply_days on turns.no_reply_needed_date = no_reply_days.date_day
    left join days as no_more_waiting_days on turns.no_more_waiting_date = no_more_waiting_days.date_day
    where standards.kpi_id in ('turns_answered_rate', 'turn_response_time')
),

spans as (
    select
        standard_number,
        observed_number,
        first_number,
        end_number,
        numerator,
        denominator
    from kpi_spans
    union all
    select
        standard_number,
        begin_number as observed_number,
        begin_number as first_number,
        end_number,
        0 as numerator,
        case when kpi_id = 'turns_answered_rate' then turn_count else 0 end as denominator
    from numbered_turns
    union all
    select
        standard_number,
        begin_number as observed_number,
        greatest(begin_number, reply_number) as first_number,
        end_number,
        case when kpi_id = 'turns_answered_rate' then turn_count else wait_seconds end as numerator,
        case when kpi_id = 'turn_response_time' then timed_turn_count else 0 end as denominator
    from numbered_turns
    where reply_number < end_number and (kpi_id = 'turns_answered_rate' or timed_turn_count > 0)
),

movements as (
    select
        standard_number,
        first_number as day_number,
        numerator,
        denominator
    from spans
    where first_number < end_number
    union all
    select
        standard_number,
        end_number as day_number,
        -numerator as numerator,
        -denominator as denominator
    from spans
    where first_number < end_number
),

daily_movements as (
    select
        standard_number,
        day_number,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from movements
    group by standard_number, day_number
),

first_days as (
    select
        standard_number,
        min(observed_number) as first_number
    from spans
    group by standard_number
),

windows as (
    select
        standards.standard_number,
        days.date_day as local_date,
        sum(coalesce(daily_movements.numerator, 0)) over running as numerator,
        sum(coalesce(daily_movements.denominator, 0)) over running as denominator
    from standards
    inner join first_days on standards.standard_number = first_days.standard_number
    inner join days on first_days.first_number <= days.day_number
    left join daily_movements
        on standards.standard_number = daily_movements.standard_number
        and days.day_number = daily_movements.day_number
    window running as (
        partition by standards.standard_number order by days.day_number nulls last
        rows between unbounded preceding and current row
    )
),

figures as (
    select
        standards.standard_id,
        standards.marketplace,
        standards.kpi_id,
        windows.local_date,
        cast(windows.local_date - (standards.lag_days + standards.window_days - 1) * interval 1 day as date)
            as window_first_date,
        cast(windows.local_date - standards.lag_days * interval 1 day as date) as window_last_date,
        cast(windows.numerator as double) as numerator,
        cast(windows.denominator as double) as denominator,
        cast(windows.numerator as double) / nullif(cast(windows.denominator as double), 0) as value,
        standards.comparison,
        standards.limit_value,
        case standards.kpi_id
            {%- for kpi in kpi_catalog() if kpi.is_standard %}
            when '{{ kpi.kpi_id }}' then {{ kpi.window_days }}
            {%- endfor %}
            else 0
        end as days_to_final,
        {{ to_utc(
            "cast(windows.local_date - (standards.lag_days - 1) * interval 1 day as timestamp)", reporting_timezone()
        ) }} as window_ends_at
    from windows
    inner join judged_dates on windows.local_date = judged_dates.date_day
    inner join standards on windows.standard_number = standards.standard_number
    where
        windows.local_date >= standards.valid_from
        and windows.local_date < coalesce(standards.valid_to, {{ last_date() }})
),

-- A window whose last day runs on is not judged.
matured as (
    select
        figures.*,
        case
            when figures.window_ends_at > bounds.as_of then 'partial'
            when figures.window_ends_at + figures.days_to_final * interval 1 day > bounds.as_of then 'immature'
            else 'final'
        end as maturity
    from figures
    cross join bounds
),

judged as (
    select
        matured.*,
        case
            when matured.comparison in ('<', '<=') then matured.limit_value - matured.value
            else matured.value - matured.limit_value
        end as margin,
        case
            when matured.value is null then 'no_data'
            when matured.maturity = 'partial' then 'partial'
            when matured.comparison = '<' and matured.value < matured.limit_value then 'ok'
            when matured.comparison = '<=' and matured.value <= matured.limit_value then 'ok'
            when matured.comparison = '>=' and matured.value >= matured.limit_value then 'ok'
            when matured.comparison = '>' and matured.value > matured.limit_value then 'ok'
            else 'breach'
        end as status
    from matured
)

select
    judged.standard_id,
    judged.marketplace,
    judged.kpi_id,
    case judged.kpi_id
        {%- for figure, unit in standard_figures().items() %}
        when '{{ figure }}' then '{{ unit }}'
        {%- endfor %}
    end as unit,
    judged.local_date,
    judged.window_first_date,
    judged.window_last_date,
    judged.numerator,
    judged.denominator,
    judged.value,
    judged.comparison,
    judged.limit_value,
    judged.margin,
    judged.maturity,
    judged.status,
    case
        when max(case when judged.status = 'breach' then 1 else 0 end) over of_standard = 1 then 'breach'
        when max(case when judged.status = 'no_data' then 1 else 0 end) over of_standard = 1 then 'no_data'
        when max(case when judged.status = 'partial' then 1 else 0 end) over of_standard = 1 then 'partial'
        else 'ok'
    end as standard_status
from judged
window of_standard as (partition by judged.standard_id, judged.marketplace, judged.local_date)
