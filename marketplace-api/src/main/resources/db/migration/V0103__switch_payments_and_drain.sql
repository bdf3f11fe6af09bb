-- What operators of the market did about payments, and what was done at settlement's own machine, as it told. Payments go on when neither
-- holds them; of each side the newest counts. Not rows of pause: the version before does not know such a part.
create table payment_pause (
    id     bigint      generated always as identity primary key,
    holder text        not null check (holder in ('market', 'settlement')),
    -- Of settlement's own row.
    number bigint      check ((number is not null) = (holder = 'settlement')),
    paused boolean     not null,
    reason text        not null check (reason ~ '\S' and char_length(reason) <= 500 and reason !~ '[[:cntrl:]]'),
    by     text        not null check (by ~ '\S' and char_length(by) <= 100),
    -- The latest counts, not the greatest number: a database that was restored counts on from an old one.
    at     timestamptz not null default now(),
    unique (at, number)
);
create trigger payment_pause_is_immutable before update or delete on payment_pause
    for each row execute function refuse_change();
create trigger payment_pause_is_kept before truncate on payment_pause
    for each statement execute function refuse_change();

-- Which of the market's own were handed to the outbox.
create table payment_pause_told (
    id bigint primary key references payment_pause
);

create function log_payment_pause() returns trigger language plpgsql set search_path from current as $$
declare
    was payment_pause;
begin
    select * into was from payment_pause p
    where p.holder = new.holder and p.id < new.id order by p.at desc, p.number desc, p.id desc limit 1;
    insert into admin_action (who, action, subject, why, outcome, before, after)
    values (new."by",
            case when new.paused then 'pause' else 'resume' end,
            case new.holder when 'market' then 'settlement' else 'settlement own' end,
            new.reason,
            'done',
            jsonb_build_object('paused', coalesce(was.paused, false), 'reason', coalesce(was.reason, ''))::text,
            jsonb_build_object('paused', new.paused, 'reason', new.reason, 'at', new.at)::text);
    return null;
end $$;
create trigger payment_pause_is_logged after insert on payment_pause
    for each row execute function log_payment_pause();

-- A pause that lets what is there be finished. The version before takes it for a whole one.
alter table pause add column drain boolean not null default false check (paused or not drain);

create or replace function log_pause() returns trigger language plpgsql set search_path from current as $$
declare
    was pause;
begin
    select * into was from pause p
    where p.what = new.what and p.subject = new.subject and p.id < new.id order by p.id desc limit 1;
    insert into admin_action (who, action, subject, why, outcome, before, after)
    values (new."by",
            case when new.drain then 'drain' when new.paused then 'pause' else 'resume' end,
            rtrim(lower(new.what) || ' ' || new.subject),
            new.reason,
            'done',
            jsonb_build_object('paused', coalesce(was.paused, false), 'drain', coalesce(was.drain, false), 'reason', coalesce(was.reason, ''))::text,
            jsonb_build_object('paused', new.paused, 'drain', new.drain, 'reason', new.reason)::text);
    return null;
end $$;
