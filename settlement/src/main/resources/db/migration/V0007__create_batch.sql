-- Results to be paid, each checked by this service itself. One row a job for ever: no job is paid twice.
create table cleared_job (
    job         text          primary key check (job ~ '^0x[0-9a-f]{64}$'),
    attempt     bigint        not null,
    requester   text          not null,
    worker      text          not null,
    price       numeric(20,0) not null check (price >= 0),
    earned      numeric(20,0) not null check (earned >= 0 and earned <= price),
    attestation text          not null,
    epoch       bigint        not null references epoch (epoch),
    selected    boolean       not null, -- by the beacon, for an audit
    traceparent text          not null,
    cleared_at  timestamptz   not null,
    -- None while it waits.
    batch             bigint,
    requester_account bigint,
    worker_account    bigint,
    told_at           timestamptz, -- when the market was told that it is paid
    check ((batch is null) = (requester_account is null)),
    check ((batch is null) = (worker_account is null))
);
create index cleared_job_waiting on cleared_job (cleared_at) where batch is null;
create index cleared_job_by_batch on cleared_job (batch);
create index cleared_job_untold on cleared_job (batch) where told_at is null and batch is not null;

-- One settlement transaction. The heads form a chain, here as on the Escrow.
create table batch (
    seq       bigint        generated always as identity primary key,
    parent    text          not null,
    head      text          not null unique,
    root      text          not null,
    jobs      int           not null check (jobs > 0),
    taken     numeric(20,0) not null,
    given     numeric(20,0) not null,
    state     text          not null check (state in ('CLOSED', 'SETTLED', 'VOID')),
    closed_at   timestamptz not null,
    -- Where its log is, once that is final.
    transaction text,
    block       bigint,
    log_index   int
);
-- No second batch can have the same parent unless the first can never land.
create unique index batch_by_parent on batch (parent) where state <> 'VOID';

create table batch_entry (
    batch   bigint        not null references batch (seq),
    side    text          not null check (side in ('DEBIT', 'CREDIT')),
    account bigint        not null,
    amount  numeric(20,0) not null,
    primary key (batch, side, account)
);
alter table cleared_job add foreign key (batch) references batch (seq);
