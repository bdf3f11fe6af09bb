-- An input is kept for the sake of jobs that may still be answered or audited. Of one that ended without a result nothing is:
-- when no other job has the same input, it goes soon.

-- How many jobs it is kept for; null of outputs, and of inputs that were there before they were counted, which stay until
-- their time is over.
alter table blob add column jobs integer;

-- Who posted it first, and is counted as keeping it; null where jobs is.
alter table blob add column requester text;

-- How many bytes of inputs each requester has here. Kept with each blob that comes and goes: counting takes the longer the
-- more there are.
create table kept_input (
    requester text   primary key,
    bytes     bigint not null check (bytes >= 0)
);

-- Inputs of jobs that ended without a result. After that time, who is still not needed by any job goes.
create table released_input (
    digest bytea       primary key check (length(digest) = 32),
    after  timestamptz not null
);
create index released_input_by_after on released_input (after);
