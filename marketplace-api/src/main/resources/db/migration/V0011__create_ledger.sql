-- Double entry: a transfer takes from one account what it gives to another, so all accounts are zero in sum by construction.
create table transfer (
    id     uuid        primary key,
    kind   text        not null check (kind in ('fund', 'withdraw', 'reserve', 'charge', 'return', 'release')),
    debit  text        not null,
    credit text        not null check (credit <> debit),
    amount numeric(78) not null check (amount > 0),
    job    uuid        check ((job is not null) = (kind not in ('fund', 'withdraw'))),
    at     timestamptz not null
);
create index transfer_by_debit on transfer (debit, id);
create index transfer_by_credit on transfer (credit, id);
-- A job's money is held once, and let go once: by a charge or by a release, never by both.
create unique index one_reservation_per_job on transfer (job) where kind = 'reserve';
create unique index one_ending_per_job on transfer (job) where kind in ('charge', 'release');
create unique index one_return_per_job on transfer (job) where kind = 'return';

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'A row of % is never changed; correct it by a new one.', tg_table_name;
end $$;
create trigger transfer_is_immutable before update or delete on transfer
    for each row execute function refuse_change();
create trigger transfer_is_kept before truncate on transfer
    for each statement execute function refuse_change();

-- What a requester may spend: the chain's figures as of a position, and what of them is spoken for.
create table purse (
    requester  text        primary key check (requester ~ '^0x[0-9a-f]{40}$'),
    balance    numeric(78) not null check (balance >= 0),
    authorized numeric(78) not null check (authorized >= 0),
    spent      numeric(78) not null check (spent >= 0),
    leaving    numeric(78) not null check (leaving >= 0),
    unsettled  numeric(78) not null default 0 check (unsettled >= 0),
    position   bigint      not null
);
-- What workers have earned and the chain has not settled.
create table earning (
    worker  text        primary key check (worker ~ '^0x[0-9a-f]{40}$'),
    pending numeric(78) not null check (pending >= 0)
);
