-- The people by team, crew and pattern of work, for a brand of up to 80,000 tickets; a larger one has more of each.
-- The crew `form` reads the contact form and nothing else; the specialist gets hard technical cases and nothing else.
create table roles as
from (
    values
        (1, 'frontline', 'desk', 'early', 4),
        (2, 'frontline', 'desk', 'late', 4),
        (3, 'frontline', 'form', 'form', 2),
        (4, 'marketplace', 'desk', 'early', 3),
        (5, 'marketplace', 'desk', 'evening', 3),
        (6, 'returns_desk', 'desk', 'office', 4),
        (7, 'technical', 'desk', 'office', 4),
        (8, 'technical', 'specialist', 'office', 1)
) as roles (role_no, team, crew, pattern, agents);

-- One row an agent. Every fifth of the desks leaves within the period, and somebody new takes over.
create table agent_people as
with posts as (
    select
        row_number() over (order by roles.role_no, posts.post_no) as agent_no,
        roles.*,
        posts.post_no
    from roles, range(1, 1 + roles.agents * case when crew = 'specialist' then 1 else getvariable('crew_size') end)
        as posts (post_no)
),
departures as (
    select
        *,
        case
            when crew = 'desk' and agent_no % 5 = 4
                then getvariable('from_date') + cast(60 + draw('leaving', agent_no, 560) as integer)
        end as left_on
    from posts
)
select
    agent_no,
    role_no,
    team,
    crew,
    pattern,
    post_no,
    getvariable('from_date') - cast(100 + draw('hiring', agent_no, 1500) as integer) as hired_on,
    left_on
from departures
union all
select
    (select max(agent_no) from departures) + row_number() over (order by agent_no) as agent_no,
    role_no,
    team,
    crew,
    pattern,
    post_no,
    left_on - 13 as hired_on,
    cast(null as date) as left_on
from departures
where left_on is not null;

-- One row an agent and team, with the dates from which on it holds and before which it held. Two agents of the smallest
-- brand move to another team; a larger brand has more.
create table agent_terms as
with moves as (
    select
        agent_no,
        case team when 'frontline' then 'technical' else 'frontline' end as team,
        case team when 'frontline' then 'office' else 'late' end as pattern,
        getvariable('from_date') + cast(380 + draw('moving', agent_no, 120) as integer) as moves_on
    from agent_people
    where crew = 'desk' and pattern = 'early' and post_no % 4 = 2 and left_on is null
        and hired_on < getvariable('from_date')
)
select
    people.agent_no,
    people.team,
    people.crew,
    people.pattern,
    people.hired_on as valid_from,
    coalesce(moves.moves_on, people.left_on + 1, date '9999-01-01') as valid_until
from agent_people as people
left join moves on people.agent_no = moves.agent_no
union all
select
    moves.agent_no,
    moves.team,
    'desk' as crew,
    moves.pattern,
    moves.moves_on as valid_from,
    date '9999-01-01' as valid_until
from moves;

create table agents as
with first_names as (
    select
        [
            'Anna', 'Bruno', 'Carla', 'David', 'Elena', 'Felix', 'Greta', 'Hugo', 'Ines', 'Jonas', 'Klara', 'Lukas',
            'Maria', 'Nils', 'Olga', 'Pablo', 'Rosa', 'Stefan', 'Tessa', 'Viktor', 'Wanda', 'Yannick', 'Zoe'
        ] as first_names,
        [
            'Albers', 'Brandt', 'Conti', 'Dubois', 'Eklund', 'Fischer', 'Garcia', 'Hofmann', 'Ilves', 'Jansen',
            'Kowal', 'Lindner', 'Moreau', 'Novak', 'Olsen', 'Pereira', 'Richter', 'Sorel', 'Tanner', 'Urban',
            'Vogel', 'Weber', 'Zimmer', 'Arnold', 'Berger', 'Costa', 'Dorn', 'Ebner', 'Frank'
        ] as last_names
)
select
    'A' || lpad(cast(terms.agent_no as varchar), 3, '0') as agent_id,
    terms.valid_from,
    first_names[1 + terms.agent_no % 23] || ' ' || last_names[1 + terms.agent_no % 29] as agent_name,
    terms.team,
    false as is_queue,
    people.hired_on,
    if_past(people.left_on) as left_on,
    least(terms.valid_from + interval 8 hours, getvariable('export_at')) as updated_at,
    false as is_deleted
from agent_terms as terms
inner join agent_people as people on terms.agent_no = people.agent_no
cross join first_names
where terms.valid_from <= getvariable('to_date')
union all
select
    'Q-' || team as agent_id,
    cast(null as date) as valid_from,
    team || ' inbox' as agent_name,
    team,
    true as is_queue,
    cast(null as date) as hired_on,
    cast(null as date) as left_on,
    cast(getvariable('from_date') as timestamp) as updated_at,
    false as is_deleted
from (select distinct team from roles);

-- One row a shift, worked or not. Early and late desks have Monday to Friday and every other Saturday (then not
-- Wednesday); marketplaces five days of any seven, holidays too; offices weekdays and every third Saturday, short; the
-- contact form's crew weekdays from 9 to 15, and nobody in the evening or at the weekend.
create table shifts as
with rostered as (
    select
        terms.agent_no,
        terms.team,
        terms.crew,
        days.local_date,
        days.iso_weekday,
        days.day_no,
        days.midnight_at,
        -- Weeks as ISO has them, Monday first.
        date_diff('day', date '2000-01-03', days.local_date) // 7 as week_no,
        case
            when terms.team = 'marketplace' then (days.day_no + 3 * terms.agent_no) % 7 in (0, 1, 2, 3, 4)
            when days.is_holiday or days.iso_weekday = 7 then false
            when terms.pattern = 'form' then days.iso_weekday < 6
            when terms.pattern = 'office'
                then days.iso_weekday < 6
                    or (date_diff('day', date '2000-01-03', days.local_date) // 7 + terms.agent_no) % 3 = 0
            when (date_diff('day', date '2000-01-03', days.local_date) // 7 + terms.agent_no) % 2 = 0
                then days.iso_weekday <> 3
            else days.iso_weekday < 6
        end as is_rostered,
        case
            when terms.pattern = 'form' then 9
            when terms.pattern = 'office' and days.iso_weekday = 6 then 9
            when terms.pattern = 'office' then 8 + 2 * (terms.agent_no % 2)
            when terms.pattern = 'late' then 12
            when terms.pattern = 'evening' then 14
            else 8
        end as first_hour,
        case
            when terms.pattern = 'form' then 6
            when terms.pattern = 'office' and days.iso_weekday = 6 then 4
            when terms.agent_no % 6 = 1 and terms.crew = 'desk' and terms.pattern <> 'office' then 5
            else 8
        end as shift_hours
    from agent_terms as terms
    inner join days on days.local_date >= terms.valid_from and days.local_date < terms.valid_until
),
attended as (
    select
        *,
        case
            -- The weeks before and in which marketplace standards are to be met: nobody of that team has leave.
            when
                not (
                    team = 'marketplace'
                    and local_date >= getvariable('marketplace_leave_from')
                    and local_date < getvariable('marketplace_leave_until')
                )
                and chance('holiday', concat_ws('/', agent_no, week_no), 85)
                then 'holiday'
            when
                chance('sick', concat_ws('/', agent_no, week_no), 50)
                and iso_weekday between 1 + draw('first sick day', concat_ws('/', agent_no, week_no), 5)
                and 2 + draw('first sick day', concat_ws('/', agent_no, week_no), 5)
                then 'sick'
        end as absence_reason,
        shift_hours * 60 - case when shift_hours > 6 then 30 else 0 end as scheduled_minutes
    from rostered
    where is_rostered
)
select
    *,
    midnight_at + to_hours(first_hour) as starts_at,
    midnight_at + to_hours(first_hour + shift_hours) as ends_at,
    case
        when absence_reason is null
            then scheduled_minutes - 15 + draw('minutes', concat_ws('/', agent_no, day_no + 100), 30)
        else 0
    end as worked_minutes
from attended;

create table agent_shifts as
select
    'S-' || lpad(cast(agent_no as varchar), 3, '0') || '-' || strftime(local_date, '%Y%m%d') as shift_id,
    'A' || lpad(cast(agent_no as varchar), 3, '0') as agent_id,
    local_date as shift_date,
    starts_at,
    ends_at,
    scheduled_minutes,
    worked_minutes,
    absence_reason,
    ends_at as updated_at,
    false as is_deleted
from shifts
where local_date between getvariable('from_date') and getvariable('to_date') and ends_at < getvariable('export_at');

-- One row a pool, hour and agent on duty then. A pool is who answers a kind of ticket: desks by team, the frontline's
-- mail in office hours alone, and hard technical cases, which are the specialist's on every day on which
-- the specialist is there.
create table rosters as
with on_duty as (
    select
        shifts.agent_no,
        shifts.team,
        shifts.crew,
        shifts.local_date,
        shifts.iso_weekday,
        shifts.first_hour + hours.hour_no as local_hour,
        shifts.starts_at + to_hours(cast(hours.hour_no as integer)) as hour_at
    from shifts, range(shifts.shift_hours) as hours (hour_no)
    where shifts.absence_reason is null
),
pooled as (
    select 'live' as pool, agent_no, hour_at from on_duty where team = 'frontline' and crew = 'desk'
    union all
    select 'mail' as pool, agent_no, hour_at
    from on_duty
    where team = 'frontline' and crew = 'desk' and local_hour between 8 and case when iso_weekday = 6 then 12 else 17 end
    union all
    select 'contact_form' as pool, agent_no, hour_at from on_duty where crew = 'form'
    union all
    select team as pool, agent_no, hour_at
    from on_duty
    where team in ('marketplace', 'returns_desk', 'technical') and crew = 'desk'
    union all
    select 'technical_hard' as pool, agent_no, hour_at
    from on_duty
    where team = 'technical'
    qualify crew = 'specialist' or max(crew) over (partition by local_date) <> 'specialist'
)
select
    pool,
    hour_at,
    agent_no,
    row_number() over (partition by pool, hour_at order by agent_no) - 1 as place,
    count(*) over (partition by pool, hour_at) as agents
from pooled;

-- One row a pool and hour: whether somebody is there, and how many hours with somebody there came before. Waiting time
-- runs through the staffed hours alone, so that nobody answers who is not there.
create table clocks as
select
    pools.pool,
    hours.hour_at,
    staffed.hour_at is not null as is_staffed,
    coalesce(staffed.agents, 0) as agents,
    count(staffed.hour_at) over (partition by pools.pool order by hours.hour_at) - (staffed.hour_at is not null)::bigint
        as hours_before
from (select distinct pool from rosters) as pools
cross join (select unnest(generate_series(min(midnight_at), max(midnight_at), interval 1 hour)) as hour_at from days)
    as hours
left join (select pool, hour_at, max(agents) as agents from rosters group by pool, hour_at) as staffed
    on pools.pool = staffed.pool and hours.hour_at = staffed.hour_at;
