-- What the chain has settled, once a job: from its place on the chain on, the price is part of what the purse has spent.
create table settled_job (
    job       uuid        primary key,
    requester text        not null check (requester ~ '^0x[0-9a-f]{40}$'),
    worker    text        not null check (worker ~ '^0x[0-9a-f]{40}$'),
    price     numeric(78) not null check (price >= 0),
    earned    numeric(78) not null check (earned between 0 and price),
    position  bigint      not null,
    at        timestamptz not null
);
-- For a purse that moves on along the chain: what lies between.
create index settled_job_by_place on settled_job (requester, position);
create trigger settled_job_is_immutable before update or delete on settled_job
    for each row execute function refuse_change();
create trigger settled_job_is_kept before truncate on settled_job
    for each statement execute function refuse_change();

-- A worker's pending earning ends once: as what the worker was credited on chain, and the operator's fee.
alter table transfer drop constraint transfer_kind_check;
alter table transfer add constraint transfer_kind_check
    check (kind in ('fund', 'withdraw', 'reserve', 'charge', 'return', 'release', 'settle', 'fee'));
create unique index one_settlement_per_job on transfer (job) where kind = 'settle';
create unique index one_fee_per_job on transfer (job) where kind = 'fee';
