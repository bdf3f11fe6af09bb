-- Given out for one sign-in each, and deleted by the statement that accepts it.
create table sign_in_nonce (
    nonce      text        primary key check (nonce ~ '^[0-9a-f]{32}$'),
    expires_at timestamptz not null
);
create index sign_in_nonce_by_expires_at on sign_in_nonce (expires_at);

-- Who is signed in. Only the SHA-256 of a token is here; the token itself is random and 256 bits wide.
create table wallet_session (
    token_hash bytea       primary key check (octet_length(token_hash) = 32),
    audience   text        not null check (audience in ('REQUESTER', 'WORKER')),
    wallet     text        not null check (wallet ~ '^0x[0-9a-f]{40}$'),
    -- The same for a requester; the session key of a worker.
    signed_by  text        not null check (signed_by ~ '^0x[0-9a-f]{40}$'),
    created_at timestamptz not null,
    expires_at timestamptz not null check (expires_at > created_at),
    check (audience = 'WORKER' or signed_by = wallet)
);
create index wallet_session_by_signed_by on wallet_session (signed_by, audience, created_at);
create index wallet_session_by_expires_at on wallet_session (expires_at);

-- Keys that wallets mint for their programs. As above, only the SHA-256 of the secret is here.
create table api_key (
    id              uuid          primary key,
    owner           text          not null check (owner ~ '^0x[0-9a-f]{40}$'),
    name            text          not null check (length(name) between 1 and 64),
    prefix          text          not null unique check (prefix ~ '^[0-9a-z]{10}$'),
    secret_hash     bytea         not null check (octet_length(secret_hash) = 32),
    -- A key never mints keys.
    scopes          text[]        not null
        check (scopes <@ array ['JOBS_WRITE', 'JOBS_READ', 'ACCOUNT_READ'] and cardinality(scopes) > 0),
    rate_per_minute integer       check (rate_per_minute between 1 and 1000000),
    created_at      timestamptz   not null,
    expires_at      timestamptz   check (expires_at > created_at),
    revoked_at      timestamptz   check (revoked_at >= created_at),
    -- In atomic units. What jobs posted with the key may reserve in sum, and do; counted only where there is a budget.
    budget          numeric(78, 0) check (budget between 0 and 18446744073709551615),
    spent           numeric(78, 0) not null default 0 check (spent >= 0),
    constraint api_key_within_budget check (spent <= coalesce(budget, 0))
);
create index api_key_by_owner on api_key (owner, id);

-- Credentials that were ended before their time. Each replica looks here several times a second and forgets them.
create table ended_credential (
    token_hash bytea       not null check (octet_length(token_hash) = 32),
    ended_at   timestamptz not null default clock_timestamp()
);
create index ended_credential_by_ended_at on ended_credential (ended_at);
