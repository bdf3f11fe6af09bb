-- A job whose right answers are known beforehand. They are those of several workers who agreed without knowing of each other.
create table canary (
    id           uuid    primary key,
    -- The job that was computed by them; its input is asked again.
    source       uuid    not null unique references job,
    model_digest bytea   not null check (length(model_digest) = 32),
    profile      text    not null,
    input_digest bytea   not null check (length(input_digest) = 32),
    stage        text    not null check (stage in ('proposed', 'known', 'given', 'dropped')),
    salt         bytea   not null check (length(salt) = 32),
    -- In whose seal it is committed to; only later jobs may be judged by it.
    epoch        bigint  references sealed_epoch,
    proposed_at  timestamptz not null,
    check (epoch is null or stage in ('known', 'given'))
);
create index canary_in_stock on canary (id) where stage in ('proposed', 'known');
create index canary_by_epoch on canary (epoch);

-- The jobs whose outputs are its right answers.
create table canary_answer (
    canary uuid  not null references canary,
    answer uuid  not null,
    digest bytea not null check (length(digest) = 32),
    primary key (canary, answer)
);

-- Whom it was given to: reference nodes, before it is known, and one worker that is graded by it.
create table canary_work (
    work         uuid    primary key,
    canary       uuid    not null references canary,
    worker       text    not null,
    is_reference boolean not null,
    outcome      text    check (outcome in ('valid', 'invalid', 'inconclusive')),
    at           timestamptz not null,
    unique (canary, worker)
);
create unique index canary_grades_one on canary_work (canary) where not is_reference;
create index canary_work_open on canary_work (work) where outcome is null;
create index canary_work_by_time on canary_work (at);

-- How many looks there were of late, of which canaries are a part.
create index audit_by_start on audit (starts_at);
