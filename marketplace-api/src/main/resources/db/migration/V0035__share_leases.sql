-- The processes that serve the market now. Each says every second that it lives.
create table replica (
    id         uuid        primary key,
    started_at timestamptz not null,
    seen_at    timestamptz not null
);

-- Who sees to it that the job goes on: the replica that took it, or has taken it over.
alter table open_job add column replica uuid;
create index open_job_by_replica on open_job (replica);

-- Who gave the lease and ends it if it lapses; and the key that asked for it, to which it is given again if the answer
-- was lost.
alter table assignment add column replica uuid;
alter table assignment add column session_key text check (session_key ~ '^0x[0-9a-f]{40}$');
-- Whether another attempt at the job was live when this one was given. The first good result of them counts.
alter table assignment add column is_hedge boolean not null default false;

-- Signs of life that came to another replica than the one that gave the lease. Overwritten; not a fact.
create table lease_beat (
    job       uuid        not null,
    attempt   integer     not null,
    lapses_at timestamptz not null,
    primary key (job, attempt)
);

alter table assignment_end drop constraint assignment_end_reason_check;
alter table assignment_end add constraint assignment_end_reason_check
    check (reason in ('attested', 'lapsed', 'left', 'failed', 'withdrawn', 'superseded'));
