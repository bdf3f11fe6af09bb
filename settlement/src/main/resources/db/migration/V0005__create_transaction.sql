-- What this service wants the chain to do, one after the other.
create table outgoing (
    id         bigint      generated always as identity primary key,
    purpose    text        not null,
    subject    text        not null,
    target     text        not null check (target ~ '^0x[0-9a-f]{40}$'),
    data       bytea       not null,
    urgency    smallint    not null,
    state      text        not null check (state in ('PLANNED', 'SENT', 'FINAL', 'REVERTED', 'MOOT')),
    -- Of the sender; given when the first attempt is signed, and never to another.
    nonce      bigint      unique check (nonce >= 0),
    not_before timestamptz not null,
    refusals   int         not null default 0,
    refusal    text,
    planned_at timestamptz not null,
    ended_at   timestamptz,
    check ((nonce is null) = (state in ('PLANNED', 'MOOT')))
);
-- One intent at a time for each thing to be done.
create unique index outgoing_open on outgoing (purpose, subject) where state in ('PLANNED', 'SENT');
create index outgoing_by_state on outgoing (state, id);

-- Every signature that left the signer: a transaction that was signed may land one day.
create table attempt (
    hash        text        primary key check (hash ~ '^0x[0-9a-f]{64}$'),
    outgoing_id bigint      not null references outgoing (id),
    most        bigint      not null check (most >= 0), -- wei a unit of gas, of base fee and tip together
    tip         bigint      not null check (tip >= 0),
    gas_limit   bigint      not null check (gas_limit >= 21000),
    raw         bytea       not null,
    signed_at   timestamptz not null,
    sent_at     timestamptz
);
create index attempt_by_outgoing on attempt (outgoing_id, most);

-- Who sends. Whoever becomes the sender raises the term; an attempt of an earlier term is not written.
create table sender_term (
    the_one boolean primary key default true check (the_one),
    term bigint  not null
);
insert into sender_term (term) values (0);
