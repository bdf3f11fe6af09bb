-- What workers sell. A worker replaces all of its rows at once.
create table offer (
    worker       text        not null check (worker ~ '^0x[0-9a-f]{40}$'),
    model_digest bytea       not null check (length(model_digest) = 32),
    profile      text        not null,
    input_price  numeric(78) not null check (input_price >= 0),
    output_price numeric(78) not null check (output_price >= 0),
    concurrency  integer     not null check (concurrency between 1 and 64),
    region       text        not null check (region ~ '^[a-z0-9-]{1,32}$'),
    published_at timestamptz not null,
    primary key (worker, model_digest, profile)
);
-- One row; moves with every change, so that other replicas know when to read again.
create table offer_change (
    sole    boolean primary key default true check (sole),
    version bigint  not null
);
insert into offer_change (version) values (0);
