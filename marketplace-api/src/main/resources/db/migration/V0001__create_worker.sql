-- Wallets that have asked for work here.
create table worker (
    address       text        primary key check (address ~ '^0x[0-9a-f]{40}$'),
    agent_version text        not null check (length(agent_version) between 1 and 64),
    enrolled_at   timestamptz not null
);
