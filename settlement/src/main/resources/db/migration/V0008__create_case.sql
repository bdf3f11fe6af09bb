-- Evidence that came in, as the Court takes it.
create table evidence (
    case_id     text        primary key check (case_id ~ '^0x[0-9a-f]{64}$'),
    offence     text        not null,
    data        bytea       not null,
    traceparent text        not null,
    came_at     timestamptz not null
);

create table harm (
    case_id     text        primary key check (case_id ~ '^0x[0-9a-f]{64}$'),
    data        bytea       not null,
    traceparent text        not null,
    came_at     timestamptz not null
);

-- Cases of the Court, whoever opened them.
create table court_case (
    id           text          primary key check (id ~ '^0x[0-9a-f]{64}$'),
    offence      text          not null,
    accused      text          not null,
    state        text          not null,
    amount       numeric(20,0) not null,
    taken        numeric(20,0) not null,
    deadline     timestamptz,
    harmed       text,
    compensation numeric(20,0) not null,
    changed_in   bigint        not null,
    followed_in  bigint        -- the block whose state is the one above and was published
);
create index court_case_open on court_case (id) where state <> 'CLOSED';

-- What the Stake owes to whom: compensation, verifiers' fees, rewards. Anyone may have it paid out.
create table award (
    recipient text          primary key,
    amount    numeric(20,0) not null check (amount >= 0)
);
