-- What workers have signed and that counts: one for an attempt.
create table attestation (
    job           uuid        not null,
    attempt       integer     not null,
    signed_job    bytea       not null,
    worker        text        not null,
    epoch         bigint      not null,
    digest        bytea       not null unique check (length(digest) = 32),
    claim         bytea       not null check (length(claim) = 32),
    body          text        not null,
    signature     bytea       not null check (length(signature) = 65),
    session_key   text        not null,
    output_digest bytea       not null check (length(output_digest) = 32),
    output_salt   bytea       not null check (length(output_salt) = 32),
    received_at   timestamptz not null,
    primary key (job, attempt),
    foreign key (job, attempt) references assignment
);
create index attestation_by_signed_job on attestation (signed_job, attempt);
create index attestation_by_worker on attestation (worker);
create index attestation_by_epoch on attestation (epoch);

-- A second signature of one attempt over another claim: with the first it is evidence that the Court judges.
create table contradiction (
    job         uuid        not null,
    attempt     integer     not null,
    digest      bytea       not null check (length(digest) = 32),
    body        text        not null,
    signature   bytea       not null check (length(signature) = 65),
    received_at timestamptz not null,
    primary key (job, attempt, digest),
    foreign key (job, attempt) references attestation
);
