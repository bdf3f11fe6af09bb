-- A job whose result is held against the strict replay is a quorum that begins with one voice. An answer which the replay does
-- not confirm is no result; another worker is then asked, by another voice.
alter table quorum add column strict boolean not null default false;
do $$
declare
    old text;
begin
    select conname into strict old from pg_constraint
    where conrelid = 'quorum'::regclass and pg_get_constraintdef(oid) like '%voices >= 2%';
    execute format('alter table quorum drop constraint %I', old);
end $$;
alter table quorum add constraint quorum_terms check (
    case when strict then needed = 1 and voices >= 1
         else voices >= 2 and needed > voices / 2 and needed <= voices end);
create index quorum_undecided_strict on quorum (job) where strict and decided_at is null;

-- What the strict replay said of an answer. A row is there from the first try; who tries has it until claimed_until, so that
-- replicas do not compute the same, and what a crash leaves is tried again.
create table strict_replay (
    voice            uuid        primary key references job,
    claimed_until    timestamptz not null,
    tries            integer     not null,
    outcome          text        check (outcome in ('valid', 'invalid', 'inconclusive')),
    -- Of the replay's own output: whoever replays it gets the same.
    reference_digest bytea       check (length(reference_digest) = 32),
    because          text        not null default '',
    replayed_at      timestamptz,
    check ((outcome is null) = (replayed_at is null)),
    check (outcome is null or outcome = 'inconclusive' or reference_digest is not null)
);

-- A strict result that the replay did not confirm is not paid, whether or not a committee could judge it.
alter table check_end drop constraint check_end_reason_check;
alter table check_end drop constraint check_end_check;
alter table check_end add constraint check_end_reason_check
    check (reason in ('not-drawn', 'passed', 'upheld', 'unchecked', 'invalid', 'unconfirmed'));
alter table check_end add constraint check_end_rejects
    check ((outcome = 'rejected') = (reason in ('invalid', 'unconfirmed')));
