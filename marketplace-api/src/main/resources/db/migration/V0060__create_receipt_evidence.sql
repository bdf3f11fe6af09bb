-- What receipts show and no other table has. By the job's name in all that is signed; facts, kept once.
-- Where a payment lies in its batch, as the chain's event told it.
create table settlement_proof (
    signed_job        bytea       primary key check (length(signed_job) = 32),
    attempt           bigint      not null,
    requester_account bigint      not null,
    worker_account    bigint      not null,
    price             numeric(78) not null check (price >= 0),
    earned            numeric(78) not null check (earned between 0 and price),
    attestation       bytea       not null check (length(attestation) = 32),
    root              bytea       not null check (length(root) = 32),
    -- Siblings from the line upwards, 32 bytes each.
    proof             bytea       not null check (length(proof) % 32 = 0),
    transaction       bytea       not null check (length(transaction) = 32),
    block_number      bigint      not null
);
create trigger settlement_proof_is_immutable before update or delete on settlement_proof
    for each row execute function refuse_change();
create trigger settlement_proof_is_kept before truncate on settlement_proof
    for each statement execute function refuse_change();

-- A committee's verdict, as settlement was told it.
create table verdict_evidence (
    signed_job bytea primary key check (length(signed_job) = 32),
    body       text  not null
);
create trigger verdict_evidence_is_immutable before update or delete on verdict_evidence
    for each row execute function refuse_change();
create trigger verdict_evidence_is_kept before truncate on verdict_evidence
    for each statement execute function refuse_change();
