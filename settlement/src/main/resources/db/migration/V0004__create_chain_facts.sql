-- What the contracts logged up to the last final block that was read, folded. Amounts are atomic units, uint64.
create table scanned_block (
    the_one   boolean     primary key default true check (the_one),
    number bigint      not null check (number >= 0),
    hash   text        not null check (hash ~ '^0x[0-9a-f]{64}$'),
    time   timestamptz not null -- the block's own
);

-- Account 0 is the treasury. Deposits of an owner go to its main account; it may have been given others.
create table escrow_account (
    id         bigint        primary key check (id between 0 and 4294967295),
    owner      text          not null check (owner ~ '^0x[0-9a-f]{40}$'),
    main       boolean       not null,
    balance    numeric(20,0) not null default 0 check (balance >= 0),
    spent      numeric(20,0) not null default 0 check (spent >= 0),
    authorized numeric(20,0) not null default 0 check (authorized >= 0),
    earned     numeric(20,0) not null default 0 check (earned >= 0),
    leaving    numeric(20,0) not null default 0 check (leaving >= 0),
    changed_in bigint        not null,
    -- The token refused the owner the last time; it is not tried for ever at our cost.
    refused    boolean       not null default false
);
create unique index escrow_account_by_owner on escrow_account (owner) where main;
create index escrow_account_by_change on escrow_account (changed_in);

create table bond (
    worker     text          primary key check (worker ~ '^0x[0-9a-f]{40}$'),
    bonded     numeric(20,0) not null default 0 check (bonded >= 0),
    thawing    numeric(20,0) not null default 0 check (thawing >= 0),
    frozen     numeric(20,0) not null default 0 check (frozen >= 0),
    changed_in bigint        not null
);
create index bond_by_change on bond (changed_in);

create table session_key (
    key     text        primary key check (key ~ '^0x[0-9a-f]{40}$'),
    worker  text        not null check (worker ~ '^0x[0-9a-f]{40}$'),
    dead_at timestamptz
);
create index session_key_by_worker on session_key (worker);

-- Facts that lower what may be at risk, published before they are final. When their block is final the subject is
-- published again, whatever became of them.
create table early_fact (
    kind      text   not null check (kind in ('PURSE', 'BOND', 'KEY')),
    subject   text   not null,
    block     bigint not null,
    log_index int    not null,
    primary key (kind, subject)
);
