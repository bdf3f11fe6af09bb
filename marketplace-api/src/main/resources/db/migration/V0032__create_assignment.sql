-- Who may execute what: one row an attempt, whose number is the fencing token. A fact; its end is another.
create table assignment (
    job         uuid        not null references job,
    attempt     integer     not null check (attempt > 0),
    signed_job  bytea       not null check (length(signed_job) = 32),
    worker      text        not null check (worker ~ '^0x[0-9a-f]{40}$'),
    profile     text        not null,
    region      text        not null,
    input_price numeric(78) not null check (input_price >= 0),
    output_price numeric(78) not null check (output_price >= 0),
    price       numeric(78) not null check (price >= 0),
    concurrency integer     not null,
    digest      bytea       not null check (length(digest) = 32),
    epoch       bigint      not null,
    assigned_at timestamptz not null,
    deadline    timestamptz not null,
    primary key (job, attempt)
);
create index assignment_by_signed_job on assignment (signed_job, attempt);

-- How an attempt ended, once: whoever is first, result, lapse or hand-back, decides.
create table assignment_end (
    job     uuid        not null,
    attempt integer     not null,
    reason  text        not null check (reason in ('attested', 'lapsed', 'left', 'failed', 'withdrawn')),
    because text        not null,
    at      timestamptz not null,
    primary key (job, attempt),
    foreign key (job, attempt) references assignment
);

-- Numbered accounting periods. What is attested belongs to the newest.
create table epoch (
    number    bigint      primary key check (number > 0),
    opened_at timestamptz not null
);
insert into epoch (number, opened_at) values (1, now());
