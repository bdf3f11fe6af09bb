-- What the chain says of workers, as of a position on it: later positions replace earlier ones, whatever the order of arrival.
create table stake (
    worker   text        primary key check (worker ~ '^0x[0-9a-f]{40}$'),
    bonded   numeric(78) not null check (bonded >= 0),
    thawing  numeric(78) not null check (thawing between 0 and bonded),
    frozen   numeric(78) not null check (frozen between 0 and bonded),
    position bigint      not null
);
create table session_key (
    key      text        primary key check (key ~ '^0x[0-9a-f]{40}$'),
    worker   text        not null check (worker ~ '^0x[0-9a-f]{40}$'),
    dead_at  timestamptz,
    position bigint      not null
);
-- One row; moves with every change, so that other processes know when to read again.
create table stake_change (
    sole    boolean primary key default true check (sole),
    version bigint  not null
);
insert into stake_change (version) values (0);
