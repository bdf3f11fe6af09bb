-- What is fixed of an epoch before its beacon can be known. Facts: never changed.
create table sealed_epoch (
    number            bigint      primary key references epoch,
    root              bytea       not null check (length(root) = 32),
    prev_root         bytea       not null check (length(prev_root) = 32),
    count             bigint      not null check (count > 0),
    total_price       numeric(78) not null check (total_price >= 0),
    canary_root       bytea       not null check (length(canary_root) = 32),
    verifier_set_root bytea       not null check (length(verifier_set_root) = 32),
    verifier_count    bigint      not null check (verifier_count >= 0),
    at                timestamptz not null
);

-- Each result of it, with the rate at which it is audited.
create table sealed_leaf (
    epoch       bigint      not null references epoch,
    leaf        bytea       not null check (length(leaf) = 32),
    attestation bytea       not null unique check (length(attestation) = 32),
    worker      text        not null,
    requester   text        not null,
    price       numeric(78) not null check (price >= 0),
    audit_rate  integer     not null check (audit_rate between 0 and 10000),
    job         uuid        not null,
    attempt     integer     not null,
    primary key (epoch, leaf),
    unique (job, attempt)
);

-- The nodes of its tree, 1,024 together, the root first.
create table sealed_tree (
    epoch bigint  not null references epoch,
    part  integer not null check (part >= 0),
    nodes bytea   not null check (length(nodes) between 32 and 32768),
    primary key (epoch, part)
);

-- Who may be drawn as a verifier, by the root of the set: most epochs have the set of the one before.
create table verifier_entry (
    root       bytea  not null check (length(root) = 32),
    index      bigint not null check (index >= 0),
    verifier   text   not null,
    profile    bytea  not null check (length(profile) = 32),
    rank       bigint not null check (rank >= 0),
    of_profile bigint not null check (of_profile > rank),
    primary key (root, index)
);
create index verifier_entry_by_rank on verifier_entry (root, profile, rank);

-- What the chain says of it. Either may come first.
create table chain_seal (
    epoch        bigint      primary key,
    beacon_commitment bytea  not null check (length(beacon_commitment) = 32),
    draw_block   bigint      not null,
    transaction  bytea       not null check (length(transaction) = 32),
    block_number bigint      not null,
    at           timestamptz not null
);
create table chain_draw (
    epoch        bigint      primary key,
    beacon       bytea       not null check (length(beacon) = 32),
    preimage     bytea       not null check (length(preimage) = 32),
    block_hash   bytea       not null check (length(block_hash) = 32),
    transaction  bytea       not null check (length(transaction) = 32),
    block_number bigint      not null,
    at           timestamptz not null,
    -- How far its leaves have been looked at, in their order; moves with what became of them.
    ranked       bigint      not null default 0,
    upto         bytea,
    finished     boolean     not null default false
);
create index chain_draw_unfinished on chain_draw (epoch) where not finished;

-- How the check of a result ended, once: it is paid, or its money goes back.
create table check_end (
    job     uuid        primary key,
    attempt integer     not null,
    outcome text        not null check (outcome in ('cleared', 'rejected')),
    reason  text        not null check (reason in ('not-drawn', 'passed', 'upheld', 'unchecked', 'invalid')),
    at      timestamptz not null,
    foreign key (job, attempt) references sealed_leaf (job, attempt),
    check ((outcome = 'rejected') = (reason = 'invalid'))
);
