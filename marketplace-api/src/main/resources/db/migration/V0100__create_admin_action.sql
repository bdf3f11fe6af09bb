-- What operators did here, and what they and others tried: one chain, each row with the hash of the one before. Whoever may write to
-- this database can write another chain, but not one that ends as the heads say that readers have noted elsewhere.
create table admin_action (
    number   bigint      primary key check (number > 0),
    at       timestamptz not null,
    who      text        not null check (char_length(who) between 1 and 100),
    action   text        not null check (char_length(action) between 1 and 200),
    subject  text        not null default '' check (char_length(subject) <= 200),
    why      text        not null default '' check (char_length(why) <= 500),
    -- 'done', or by which problem it was refused.
    outcome  text        not null check (outcome ~ '^[a-z0-9-]{1,50}$'),
    -- What it was about, as JSON; empty where there is nothing to say.
    before   text        not null default '' check (octet_length(before) <= 10000),
    after    text        not null default '' check (octet_length(after) <= 10000),
    request  text        not null default '' check (char_length(request) <= 64),
    -- A fork would be two rows with the same one before.
    previous bytea       not null unique check (length(previous) = 32),
    hash     bytea       not null unique check (length(hash) = 32)
);

-- SHA-256 over the columns in their order, each as its length in bytes, a colon and its bytes; the time in microseconds since 1970.
-- dev.assay.protocol.admin.LoggedAction says the same in Java.
create function admin_action_hash(logged admin_action) returns bytea language sql immutable set search_path from current as $$
    select sha256(convert_to(string_agg(octet_length(convert_to(field, 'UTF8')) || ':' || field, '' order by place), 'UTF8'))
    from unnest(array[
        logged.number::text, (extract(epoch from logged.at) * 1000000)::bigint::text, logged.who, logged.action, logged.subject, logged.why, logged.outcome,
        logged.before, logged.after, logged.request, '0x' || encode(logged.previous, 'hex')]) with ordinality as fields(field, place)
$$;

-- Whoever inserts says what was done; its place in the chain is given here, one row after the other.
create function chain_admin_action() returns trigger language plpgsql set search_path from current as $$
begin
    perform pg_advisory_xact_lock(hashtext('admin_action'));
    select number + 1, hash into new.number, new.previous from admin_action order by number desc limit 1;
    if not found then
        new.number := 1;
        new.previous := decode(repeat('00', 32), 'hex');
    end if;
    new.at := date_trunc('microseconds', clock_timestamp());
    new.request := case when new.request = '' then coalesce(current_setting('assay.request', true), '') else new.request end;
    new.hash := admin_action_hash(new);
    return new;
end $$;
create trigger admin_action_is_chained before insert on admin_action
    for each row execute function chain_admin_action();
create trigger admin_action_is_immutable before update or delete on admin_action
    for each row execute function refuse_change();
create trigger admin_action_is_kept before truncate on admin_action
    for each statement execute function refuse_change();

-- Whoever stops or lets go, by the API, a command or a statement typed by hand: it is written down by the same transaction.
create function log_pause() returns trigger language plpgsql set search_path from current as $$
declare
    was pause;
begin
    select * into was from pause p
    where p.what = new.what and p.subject = new.subject and p.id < new.id order by p.id desc limit 1;
    insert into admin_action (who, action, subject, why, outcome, before, after)
    values (new."by",
            case when new.paused then 'pause' else 'resume' end,
            rtrim(lower(new.what) || ' ' || new.subject),
            new.reason,
            'done',
            jsonb_build_object('paused', coalesce(was.paused, false), 'reason', coalesce(was.reason, ''))::text,
            jsonb_build_object('paused', new.paused, 'reason', new.reason)::text);
    return null;
end $$;
create trigger pause_is_logged after insert on pause
    for each row execute function log_pause();
