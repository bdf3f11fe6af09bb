-- What a request that may come again has become, named before it is posted: sent again it finds the same, however soon and at
-- whichever replica. It costs no write-ahead log: what is lost with the database was under way, and under way is lost too.
create unlogged table request_name (
    requester text        not null check (requester ~ '^0x[0-9a-f]{40}$'),
    -- The digest of what was asked.
    name      bytea       not null check (length(name) = 32),
    -- A job, or a batch.
    stands_for uuid       not null,
    -- Sent again, and the first of it has not been seen yet.
    is_ahead  boolean     not null,
    -- Its sender has hung up: its end says nothing to whoever sends it again.
    is_let_go boolean     not null,
    times     integer     not null check (times > 0),
    named_at  timestamptz not null,
    primary key (requester, name)
);
