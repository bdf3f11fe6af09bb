-- A job that several workers compute: so many must agree. It is itself the first of its voices; the others are jobs too.
create table quorum (
    job      uuid    primary key references job,
    needed   integer not null,
    voices   integer not null check (voices >= 2 and needed > voices / 2 and needed <= voices),
    -- Whose output is the result; none if too few agreed.
    chosen   uuid,
    agreeing integer not null default 0 check (agreeing = 0 or agreeing >= needed),
    -- When all voices had ended and were compared; until then nobody sees an answer.
    decided_at timestamptz,
    check ((chosen is not null) = (agreeing > 0)),
    check (chosen is null or decided_at is not null)
);
create index quorum_undecided on quorum (job) where decided_at is null;

create table quorum_voice (
    voice    uuid    primary key references job,
    quorum   uuid    not null references quorum,
    position integer not null check (position >= 0),
    -- Whether its answer is one of those that agree; null while that is open, and if there was no answer.
    agrees   boolean,
    unique (quorum, position)
);
