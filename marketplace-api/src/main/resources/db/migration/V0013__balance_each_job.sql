-- What was held for a job is all that it ends with, and what it was charged is all that is settled; the parts of an ending are
-- written by one statement. Scalar subqueries and no sequential scans, so that the plan stays one of index look-ups while the table grows.
create function refuse_unequal_parts() returns trigger language plpgsql set enable_seqscan = off as $$
declare
    unequal uuid;
begin
    select ended.job into unequal
    from (select distinct job from added where kind in ('charge', 'release', 'return')) ended
    where coalesce((select held.amount - ending.amount
                         - coalesce((select rest.amount from transfer rest
                                     where rest.job = ended.job and rest.kind = 'return'
                                       and rest.debit = held.credit and rest.credit = held.debit), 0)
                    from transfer held join transfer ending on ending.debit = held.credit
                    where held.job = ended.job and held.kind = 'reserve'
                      and ending.job = ended.job and ending.kind in ('charge', 'release')), -1) <> 0
    limit 1;
    if found then
        raise exception 'The ending of job % is not what was held for it.', unequal using errcode = 'check_violation';
    end if;
    select settled.job into unequal
    from (select distinct job from added where kind in ('settle', 'fee')) settled
    where coalesce((select charged.amount
                         - coalesce((select earned.amount from transfer earned
                                     where earned.job = settled.job and earned.kind = 'settle'
                                       and earned.debit = charged.credit), 0)
                         - coalesce((select fee.amount from transfer fee
                                     where fee.job = settled.job and fee.kind = 'fee'
                                       and fee.debit = charged.credit), 0)
                    from transfer charged where charged.job = settled.job and charged.kind = 'charge'), -1) <> 0
    limit 1;
    if found then
        raise exception 'What is settled of job % is not what it was charged.', unequal using errcode = 'check_violation';
    end if;
    return null;
end $$;
create trigger transfers_of_a_job_add_up after insert on transfer
    referencing new table as added
    for each statement execute function refuse_unequal_parts();
