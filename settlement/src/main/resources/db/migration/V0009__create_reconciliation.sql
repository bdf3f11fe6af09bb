-- The ledger held against the chain, as of a final block.
create table reconciliation (
    block    bigint        primary key,
    hash     text          not null,
    at       timestamptz   not null,
    owed     numeric(78,0) not null, -- to all accounts of the Escrow, by our ledger
    held     numeric(78,0) not null, -- by the Escrow, in the token
    bonded   numeric(78,0) not null, -- with pot and awards, by our ledger
    at_stake numeric(78,0) not null, -- by the Stake, in the token
    drift    text          not null  -- empty: they agree
);
