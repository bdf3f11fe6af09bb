-- Accounts that were given away while they were their owner's purse: as long as that owner may have left something unpaid they are charged for it, and
-- are nobody else's purse.
create table given_account (
    account bigint      not null references escrow_account (id),
    owner   text        not null check (owner ~ '^0x[0-9a-f]{40}$'), -- who gave it
    until   timestamptz not null,
    primary key (account, owner)
);
create index given_account_by_owner on given_account (owner);
