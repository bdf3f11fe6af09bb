-- What operators stop and let go again, and the reason that everyone concerned is shown. Rows are only added; of each
-- subject the newest counts.
create table pause (
    id      bigint      generated always as identity primary key,
    what    text        not null check (what in ('MARKET', 'MODEL', 'WORKER')),
    subject text        not null check (subject ~ case what when 'MODEL' then '^0x[0-9a-f]{64}$' when 'WORKER' then '^0x[0-9a-f]{40}$' else '^$' end),
    paused  boolean     not null,
    reason  text        not null check (reason ~ '\S' and char_length(reason) <= 500 and reason !~ '[[:cntrl:]]'),
    by      text        not null check (by ~ '\S' and char_length(by) <= 100),
    at      timestamptz not null default now()
);
create index pause_by_subject on pause (what, subject, id);

create trigger pause_is_immutable before update or delete on pause
    for each row execute function refuse_change();
create trigger pause_is_kept before truncate on pause
    for each statement execute function refuse_change();
