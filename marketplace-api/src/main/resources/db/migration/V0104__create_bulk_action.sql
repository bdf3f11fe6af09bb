-- The same done to many workers: who they are is fixed when it is asked for, and done by and by.
create table bulk_action (
    id      uuid        primary key,
    action  text        not null check (action in ('pause', 'drain', 'resume')),
    -- Which workers, as JSON: what tells a repeated request from another of the same id.
    filter  text        not null check (octet_length(filter) <= 100000),
    reason  text        not null check (reason ~ '\S' and char_length(reason) <= 500 and reason !~ '[[:cntrl:]]'),
    by      text        not null check (by ~ '\S' and char_length(by) <= 100),
    request text        not null,
    total   integer     not null check (total >= 0),
    at      timestamptz not null default now()
);
create index bulk_action_by_time on bulk_action (at desc, id);
create trigger bulk_action_is_immutable before update or delete on bulk_action
    for each row execute function refuse_change();
create trigger bulk_action_is_kept before truncate on bulk_action
    for each statement execute function refuse_change();

create table bulk_target (
    action  uuid        not null references bulk_action,
    worker  text        not null check (worker ~ '^0x[0-9a-f]{40}$'),
    done_at timestamptz,
    primary key (action, worker)
);
create index bulk_target_open on bulk_target (action, worker) where done_at is null;

create function log_bulk_action() returns trigger language plpgsql set search_path from current as $$
begin
    insert into admin_action (who, action, subject, why, outcome, after)
    values (new."by", 'bulk ' || new.action, 'workers ' || new.id, new.reason, 'done',
            jsonb_build_object('workers', new.total, 'filter', left(new.filter, 2000))::text);
    return null;
end $$;
create trigger bulk_action_is_logged after insert on bulk_action
    for each row execute function log_bulk_action();
