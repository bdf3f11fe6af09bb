-- What was drawn to be audited, until its check is over. Moves from stage to stage; how it ended is in check_end.
create table audit (
    job      uuid        primary key,
    attempt  integer     not null,
    epoch    bigint      not null,
    rank     bigint      not null check (rank >= 0),
    stage    text        not null check (stage in ('drawn', 'checking', 'committee', 'verdict', 'over')),
    -- Which draw of verifiers: 128 and more for a check by one, below that a committee's, as the Court counts them.
    round    integer     not null check (round between 0 and 255),
    -- Not at once: work that comes in a burst after each draw could be told from other work.
    starts_at timestamptz not null,
    -- After that nothing is waited for any more.
    deadline timestamptz not null,
    -- On what a committee's votes agree; with stage 'verdict' only.
    reference uuid,
    foreign key (job, attempt) references sealed_leaf (job, attempt)
);
create index audit_that_is_open on audit (deadline) where stage <> 'over';

-- A verifier that was drawn for an audit, and the job by which it executes again. Written before the job is bought.
create table audit_seat (
    audit    uuid    not null references audit,
    round    integer not null,
    verifier text    not null,
    position integer not null,
    work     uuid    not null,
    -- It could not be asked: it no longer serves the model.
    lost     boolean not null default false,
    -- The vote: the signature over the verdict, and its time.
    issued_at bigint,
    signature bytea  check (length(signature) = 65),
    primary key (audit, round, verifier),
    check ((issued_at is null) = (signature is null))
);
create index audit_seat_by_verifier on audit_seat (verifier) where signature is null;
create index audit_seat_by_work on audit_seat (work);

-- What audits have shown of a worker with one model on one profile.
create table standing (
    worker       text    not null,
    model_digest bytea   not null check (length(model_digest) = 32),
    profile      text    not null,
    passes       bigint  not null check (passes >= 0),
    failures     bigint  not null check (failures >= 0),
    primary key (worker, model_digest, profile)
);

-- Contradictions that settlement was told of, and whether it was told who was harmed.
create table contradiction_report (
    job          uuid        not null,
    attempt      integer     not null,
    told_at      timestamptz not null,
    harm_told_at timestamptz,
    primary key (job, attempt),
    foreign key (job, attempt) references attestation
);

-- A rejected result's price goes back from the worker's pending earnings, once, and is then never settled.
alter table transfer drop constraint transfer_kind_check;
alter table transfer add constraint transfer_kind_check
    check (kind in ('fund', 'withdraw', 'reserve', 'charge', 'return', 'release', 'settle', 'fee', 'refund'));
-- What is settled is final, and what is given back is never settled: one of the two.
drop index one_settlement_per_job;
create unique index one_settlement_or_refund_per_job on transfer (job) where kind in ('settle', 'refund');
