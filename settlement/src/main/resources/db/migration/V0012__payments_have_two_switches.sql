-- What the market's operators did about payments stands beside what was done here: payments go on when neither holds them.
create table market_pause (
    -- Of the market's own row.
    number bigint      not null,
    paused boolean     not null,
    reason text        not null check (reason ~ '\S' and char_length(reason) <= 500 and reason !~ '[[:cntrl:]]'),
    by     text        not null check (by ~ '\S' and char_length(by) <= 100),
    -- The latest counts, not the greatest number: a database that was restored counts on from an old one.
    at     timestamptz not null,
    primary key (at, number)
);
create trigger market_pause_is_immutable before update or delete on market_pause
    for each row execute function refuse_change();
create trigger market_pause_is_kept before truncate on market_pause
    for each statement execute function refuse_change();

-- Which rows of this machine's own switch were handed to the outbox, for the market's log and page.
create table pause_told (
    id bigint primary key references pause
);
