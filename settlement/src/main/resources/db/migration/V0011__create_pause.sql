-- That an operator stops payments and lets them go again, and the reason that everyone is shown. Rows are only added; the newest counts.
create table pause (
    id     bigint      generated always as identity primary key,
    paused boolean     not null,
    reason text        not null check (reason ~ '\S' and char_length(reason) <= 500 and reason !~ '[[:cntrl:]]'),
    by     text        not null check (by ~ '\S' and char_length(by) <= 100),
    at     timestamptz not null default now()
);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'A row of % is never changed; correct it by a new one.', tg_table_name;
end $$;
create trigger pause_is_immutable before update or delete on pause
    for each row execute function refuse_change();
create trigger pause_is_kept before truncate on pause
    for each statement execute function refuse_change();
