-- What is computed: inputs and outputs by their digest, kept as long as somebody may ask for them.
create table blob (
    digest     bytea       primary key check (length(digest) = 32),
    content    bytea       not null,
    kept_until timestamptz not null
);
create index blob_by_kept_until on blob (kept_until);

-- What was asked for. Rows are facts: inserted once, never updated.
create table job (
    id             uuid        primary key,
    signed_id      bytea       not null unique check (length(signed_id) = 32),
    requester      text        not null check (requester ~ '^0x[0-9a-f]{40}$'),
    request_key    text        check (length(request_key) between 1 and 64),
    request_digest bytea       not null check (length(request_digest) = 32),
    model_digest   bytea       not null check (length(model_digest) = 32),
    kind           text        not null,
    input_digest   bytea       not null check (length(input_digest) = 32),
    spec_digest    bytea       not null check (length(spec_digest) = 32),
    method         integer     not null,
    max_price      numeric(78) not null check (max_price >= 0),
    input_units    bigint      not null check (input_units >= 0),
    output_units   bigint      not null check (output_units >= 0),
    tier           text        not null check (tier in ('realtime', 'standard', 'batch')),
    wishes         text        not null,
    deadline       timestamptz not null,
    posted_at      timestamptz not null,
    api_key        uuid
);
create unique index job_by_request_key on job (requester, request_key);
create index job_by_requester on job (requester, id);

-- The jobs that have no end yet: what a process reads when it starts. A queue, not a fact.
create table open_job (
    job      uuid        primary key references job,
    deadline timestamptz not null
);
create index open_job_by_deadline on open_job (deadline);

-- How a job ended, once. A job with a result has ended too; what is checked or paid later has its own rows.
create table job_end (
    job           uuid        primary key references job,
    outcome       text        not null check (outcome in ('attested', 'cancelled', 'expired', 'unserved')),
    attempt       integer,
    worker        text,
    price         numeric(78) check (price >= 0),
    output_digest bytea       check (length(output_digest) = 32),
    because       text        not null,
    at            timestamptz not null,
    check (num_nonnulls(attempt, worker, price, output_digest) = case outcome when 'attested' then 4 else 0 end)
);
