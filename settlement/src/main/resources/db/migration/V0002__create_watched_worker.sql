-- Workers whose stake matters here, and the block from which on it is watched.
create table watched_worker (
    address          text        primary key check (address ~ '^0x[0-9a-f]{40}$'),
    enrolled_at      timestamptz not null,
    since_block      bigint      not null check (since_block >= 0),
    since_block_hash text        not null check (since_block_hash ~ '^0x[0-9a-f]{64}$')
);
