-- Cases of the Court as of a place on the chain: later places replace earlier ones, whatever the order of arrival.
create table court_case (
    id           bytea       primary key check (length(id) = 32),
    offence      text        not null,
    accused      text        not null,
    state        text        not null,
    amount       numeric(78) not null check (amount >= 0),
    taken        numeric(78) not null check (taken >= 0),
    deadline     timestamptz,
    harmed       text,
    compensation numeric(78) not null check (compensation >= 0),
    block_number bigint      not null,
    log_index    integer     not null
);
create index court_case_by_accused on court_case (accused);

-- Epochs whose beacon the operator did not reveal: they are never drawn.
create table withheld_epoch (
    epoch bigint      primary key references sealed_epoch,
    at    timestamptz not null
);
