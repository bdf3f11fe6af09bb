-- The parts of an ending are written by one statement, so what it adds is the whole of them, and one look-up a job tells what they
-- must add up to. Looking each part up again took the most of all that a job's life took here.
create or replace function refuse_unequal_parts() returns trigger language plpgsql set enable_seqscan = off as $$
declare
    unequal uuid;
begin
    select ended.job into unequal
    from (select job, sum(amount) as amount, min(debit) as debit, max(debit) as other_debit,
                 count(*) filter (where kind <> 'return') as endings,
                 min(credit) filter (where kind = 'return') as back
          from added where kind in ('charge', 'release', 'return') group by job) ended
    where ended.endings <> 1 or ended.debit <> ended.other_debit
       or coalesce((select held.amount from transfer held
                    where held.job = ended.job and held.kind = 'reserve' and held.credit = ended.debit
                      and held.debit = coalesce(ended.back, held.debit)), -1) <> ended.amount
    limit 1;
    if found then
        raise exception 'The ending of job % is not what was held for it.', unequal using errcode = 'check_violation';
    end if;
    select settled.job into unequal
    from (select job, sum(amount) as amount, min(debit) as debit, max(debit) as other_debit
          from added where kind in ('settle', 'fee') group by job) settled
    where settled.debit <> settled.other_debit
       or coalesce((select charged.amount from transfer charged
                    where charged.job = settled.job and charged.kind = 'charge'
                      and charged.credit = settled.debit), -1) <> settled.amount
    limit 1;
    if found then
        raise exception 'What is settled of job % is not what it was charged.', unequal using errcode = 'check_violation';
    end if;
    return null;
end $$;
