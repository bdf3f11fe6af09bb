-- Facts are written in groups, and are checked in groups: a foreign key looks its row up, and locks it, once for each row that
-- refers to it. Nothing needs that lock, since from now on a fact is neither changed nor deleted, and the database sees to that.
create function refuse_without_job() returns trigger language plpgsql set enable_seqscan = off as $$
declare
    unknown uuid;
begin
    -- A scalar subquery and no sequential scans, so that the plan stays one of index look-ups while the table grows.
    select added.job into unknown from added
    where (select known.id from job known where known.id = added.job) is null
    limit 1;
    if found then
        raise exception 'A row of % is of job %, which there is not.', tg_table_name, unknown
            using errcode = 'foreign_key_violation';
    end if;
    return null;
end $$;

create function refuse_without_assignment() returns trigger language plpgsql set enable_seqscan = off as $$
declare
    unknown record;
begin
    select added.job, added.attempt into unknown from added
    where (select known.attempt from assignment known
           where known.job = added.job and known.attempt = added.attempt) is null
    limit 1;
    if found then
        raise exception 'A row of % is of attempt % at job %, which there is not.',
            tg_table_name, unknown.attempt, unknown.job using errcode = 'foreign_key_violation';
    end if;
    return null;
end $$;

-- A job that was written and refused in one transaction is taken back before anybody has seen it.
create function refuse_change_of_job() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and old.xmin = pg_current_xact_id()::xid then
        return old;
    end if;
    raise exception 'A job is never changed or deleted once it is there; correct it by a new one.';
end $$;
create trigger job_is_immutable before update or delete on job
    for each row execute function refuse_change_of_job();
create trigger job_is_kept before truncate on job
    for each statement execute function refuse_change();
create trigger assignment_is_immutable before update or delete on assignment
    for each row execute function refuse_change();
create trigger assignment_is_kept before truncate on assignment
    for each statement execute function refuse_change();

create trigger assignment_is_of_a_job after insert on assignment
    referencing new table as added
    for each statement execute function refuse_without_job();
alter table assignment drop constraint assignment_job_fkey;
create trigger open_job_is_a_job after insert on open_job
    referencing new table as added
    for each statement execute function refuse_without_job();
alter table open_job drop constraint open_job_job_fkey;
create trigger job_end_is_of_a_job after insert on job_end
    referencing new table as added
    for each statement execute function refuse_without_job();
alter table job_end drop constraint job_end_job_fkey;
create trigger assignment_end_is_of_an_assignment after insert on assignment_end
    referencing new table as added
    for each statement execute function refuse_without_assignment();
alter table assignment_end drop constraint assignment_end_job_attempt_fkey;
create trigger attestation_is_of_an_assignment after insert on attestation
    referencing new table as added
    for each statement execute function refuse_without_assignment();
alter table attestation drop constraint attestation_job_attempt_fkey;
-- The rows that refer are facts too, or were they moved to another job nothing would look.
create trigger assignment_end_is_immutable before update or delete on assignment_end
    for each row execute function refuse_change();
create trigger attestation_is_immutable before update or delete on attestation
    for each row execute function refuse_change();
create trigger job_end_is_immutable before update or delete on job_end
    for each row execute function refuse_change();
