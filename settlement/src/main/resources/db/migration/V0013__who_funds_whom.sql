-- Who paid into whose purse or bond, as the contracts logged it from the first block on that this version read.
create table funding (
    payer       text          not null check (payer ~ '^0x[0-9a-f]{40}$'),
    kind        text          not null check (kind in ('purse', 'bond')),
    -- Of a purse its account's number, of a bond its worker's wallet.
    subject     text          not null,
    amount      numeric(40,0) not null check (amount >= 0),
    first_block bigint        not null,
    primary key (payer, kind, subject)
);
create index funding_by_subject on funding (kind, subject, first_block);
