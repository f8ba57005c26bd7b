-- The vocabulary of the sample brand. Everything random is an integer that follows from the seed, the name of what is
-- drawn and the row it is drawn for: MD5 is the same in every version, on every machine and in any order of the rows.

create macro draw(stream, row_no, sides) as  -- 0 … sides - 1, each as likely
    cast(md5_number_lower(concat_ws(':', getvariable('seed'), stream, row_no)) % cast(sides as ubigint) as bigint);

create macro chance(stream, row_no, per_mille) as
    draw(stream, row_no, 1000) < per_mille;

-- Around the usual value, which is the median: one in 32 takes nine times as long.
create macro long_tail(stream, row_no, usual) as
    cast(usual as bigint)
    * [
        12, 18, 24, 30, 36, 42, 48, 54, 60, 66, 72, 78, 84, 90, 95, 100,
        106, 113, 121, 130, 140, 152, 166, 182, 200, 220, 245, 280, 330, 400, 550, 900
    ][1 + draw(stream, row_no, 32)] // 100
    + draw(stream || ' more', row_no, 1 + cast(usual as bigint) // 10);

-- A number 1 … things of which small ones come far more often: the share of the first x is the square root of x.
create macro skewed(stream, row_no, things) as
    1 + ((cast(things as bigint) * draw(stream, row_no, 1048576)) // 1048576 * draw(stream, row_no, 1048576)) // 1048576;

create macro later(moment, seconds) as
    cast(moment as timestamp) + to_seconds(cast(seconds as bigint));

create macro wait_seconds(from_at, until_at) as
    date_diff('second', from_at, until_at);

-- What has not happened when the files are written is not known yet.
create macro if_past(moment) as
    case when moment < getvariable('export_at') then moment end;

create macro money(cents) as
    cast(cast(cents as decimal(18, 0)) * cast('0.01' as decimal(3, 2)) as decimal(18, 2));

create macro ticket_id(no) as 'T' || lpad(cast(no as varchar), 7, '0');
create macro order_id(no) as 'O' || lpad(cast(no as varchar), 7, '0');
create macro customer_id(no) as 'C' || lpad(cast(no as varchar), 7, '0');

-- Weights of what is chosen; those of a kind add up to 100.
create table weights as
from (
    values
        ('channels', 'email', 34), ('channels', 'chat', 18), ('channels', 'phone', 12), ('channels', 'contact_form', 10),
        ('channels', 'amazon', 7), ('channels', 'whatsapp', 6), ('channels', 'facebook', 5), ('channels', 'ebay', 4),
        ('channels', 'instagram', 4),
        ('topics', 'delivery', 27), ('topics', 'returns', 17), ('topics', 'product_advice', 14),
        ('topics', 'order_change', 9), ('topics', 'payment', 9), ('topics', 'account', 8), ('topics', 'complaint', 8),
        ('topics', 'technical', 8),
        -- Three in ten more tickets, three in ten of them technical: four times the usual number of these and more.
        ('topics_in_outage', 'delivery', 20), ('topics_in_outage', 'returns', 13),
        ('topics_in_outage', 'product_advice', 10), ('topics_in_outage', 'order_change', 7),
        ('topics_in_outage', 'payment', 7), ('topics_in_outage', 'account', 7), ('topics_in_outage', 'complaint', 6),
        ('topics_in_outage', 'technical', 30),
        ('complexities', 'low', 48), ('complexities', 'medium', 40), ('complexities', 'high', 12),
        ('technical_complexities', 'low', 30), ('technical_complexities', 'medium', 38),
        ('technical_complexities', 'high', 32),
        ('marketplaces', 'webshop', 48), ('marketplaces', 'amazon', 28), ('marketplaces', 'ebay', 16),
        ('marketplaces', 'facebook', 8),
        ('countries', 'DE', 46), ('countries', 'AT', 9), ('countries', 'FR', 14), ('countries', 'NL', 8),
        ('countries', 'GB', 11), ('countries', 'ES', 6), ('countries', 'IT', 6),
        ('hours_of_shopping', '0', 1), ('hours_of_shopping', '6', 2), ('hours_of_shopping', '7', 3),
        ('hours_of_shopping', '8', 5), ('hours_of_shopping', '9', 6), ('hours_of_shopping', '10', 6),
        ('hours_of_shopping', '11', 6), ('hours_of_shopping', '12', 6), ('hours_of_shopping', '13', 5),
        ('hours_of_shopping', '14', 5), ('hours_of_shopping', '15', 5), ('hours_of_shopping', '16', 6),
        ('hours_of_shopping', '17', 6), ('hours_of_shopping', '18', 7), ('hours_of_shopping', '19', 9),
        ('hours_of_shopping', '20', 9), ('hours_of_shopping', '21', 7), ('hours_of_shopping', '22', 4),
        ('hours_of_shopping', '23', 2),
        ('hours_of_writing', '0', 1), ('hours_of_writing', '5', 1), ('hours_of_writing', '6', 2),
        ('hours_of_writing', '7', 4), ('hours_of_writing', '8', 7), ('hours_of_writing', '9', 9),
        ('hours_of_writing', '10', 9), ('hours_of_writing', '11', 8), ('hours_of_writing', '12', 6),
        ('hours_of_writing', '13', 6), ('hours_of_writing', '14', 7), ('hours_of_writing', '15', 6),
        ('hours_of_writing', '16', 6), ('hours_of_writing', '17', 6), ('hours_of_writing', '18', 6),
        ('hours_of_writing', '19', 5), ('hours_of_writing', '20', 5), ('hours_of_writing', '21', 3),
        ('hours_of_writing', '22', 2), ('hours_of_writing', '23', 1),
        ('hours_of_talking', '8', 9), ('hours_of_talking', '9', 12), ('hours_of_talking', '10', 13),
        ('hours_of_talking', '11', 11), ('hours_of_talking', '12', 8), ('hours_of_talking', '13', 8),
        ('hours_of_talking', '14', 9), ('hours_of_talking', '15', 8), ('hours_of_talking', '16', 7),
        ('hours_of_talking', '17', 6), ('hours_of_talking', '18', 5), ('hours_of_talking', '19', 4)
) as weights (kind, value, weight);

-- Each kind as a list of 100, from which one is drawn.
set variable channels = (select list(value order by value) from weights, range(weight) where kind = 'channels');
set variable topics = (select list(value order by value) from weights, range(weight) where kind = 'topics');
set variable topics_in_outage =
    (select list(value order by value) from weights, range(weight) where kind = 'topics_in_outage');
set variable complexities = (select list(value order by value) from weights, range(weight) where kind = 'complexities');
set variable technical_complexities =
    (select list(value order by value) from weights, range(weight) where kind = 'technical_complexities');
set variable marketplaces = (select list(value order by value) from weights, range(weight) where kind = 'marketplaces');
set variable countries = (select list(value order by value) from weights, range(weight) where kind = 'countries');
set variable hours_of_shopping =
    (select list(cast(value as bigint) order by value) from weights, range(weight) where kind = 'hours_of_shopping');
set variable hours_of_writing =
    (select list(cast(value as bigint) order by value) from weights, range(weight) where kind = 'hours_of_writing');
set variable hours_of_talking =
    (select list(cast(value as bigint) order by value) from weights, range(weight) where kind = 'hours_of_talking');
