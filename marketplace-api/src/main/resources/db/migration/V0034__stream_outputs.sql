-- How much of an attempt's output was streamed before it was attested, and what that was: one row a stream that ended.
create table streamed_output (
    job      uuid        not null,
    attempt  integer     not null,
    bytes    bigint      not null check (bytes >= 0),
    digest   bytea       not null check (length(digest) = 32),
    -- Whether the worker ended it, and it did not break.
    is_whole boolean     not null,
    at       timestamptz not null,
    primary key (job, attempt, bytes, digest, is_whole),
    foreign key (job, attempt) references assignment
);

-- A signed result that is not what its worker had streamed. It was refused; this is what is known of it.
create table divergence (
    job           uuid        not null,
    attempt       integer     not null,
    digest        bytea       not null check (length(digest) = 32),
    body          text        not null,
    signature     bytea       not null check (length(signature) = 65),
    output_digest bytea       not null check (length(output_digest) = 32),
    received_at   timestamptz not null,
    primary key (job, attempt, digest),
    foreign key (job, attempt) references assignment
);

-- Jobs whose requester wanted no more while a worker had them.
create table cancellation (
    job uuid        primary key references job,
    at  timestamptz not null
);

-- What the worker has counted and is paid for. Rows of before do not have it.
alter table job_end add column input_units bigint check (input_units >= 0);
alter table job_end add column output_units bigint check (output_units >= 0);
