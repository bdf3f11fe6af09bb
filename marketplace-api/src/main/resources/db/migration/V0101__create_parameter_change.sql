-- What operators change while the market runs: proposed by one, approved by another, in force after a while. Rows are only added.
create table parameter_change (
    id           bigint      generated always as identity primary key,
    kind         text        not null check (kind in ('proposed', 'approved', 'withdrawn')),
    parameter    text        not null check (parameter ~ '^[a-z]+(-[a-z]+)*$'),
    -- Of what is proposed.
    value        bigint      check ((value is not null) = (kind = 'proposed')),
    -- Which proposal is approved or withdrawn.
    proposal     bigint      references parameter_change check ((proposal is not null) = (kind <> 'proposed')),
    effective_at timestamptz check ((effective_at is not null) = (kind = 'approved')),
    reason       text        not null check (reason ~ '\S' and char_length(reason) <= 500 and reason !~ '[[:cntrl:]]'),
    by           text        not null check (by ~ '\S' and char_length(by) <= 100),
    at           timestamptz not null default now()
);
create index parameter_change_by_parameter on parameter_change (parameter, id);
create unique index one_approval_per_proposal on parameter_change (proposal) where kind = 'approved';
create unique index one_withdrawal_per_proposal on parameter_change (proposal) where kind = 'withdrawn';

create trigger parameter_change_is_immutable before update or delete on parameter_change
    for each row execute function refuse_change();
create trigger parameter_change_is_kept before truncate on parameter_change
    for each statement execute function refuse_change();

-- Nobody approves what they have proposed, also not by a statement typed by hand.
create function refuse_own_approval() returns trigger language plpgsql set search_path from current as $$
begin
    if new.kind = 'approved' and exists (
            select 1 from parameter_change p
            where p.id = new.proposal and (p.kind <> 'proposed' or p."by" = new."by" or p.parameter <> new.parameter)) then
        raise exception 'A change is approved by another than who proposed it.' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger two_people_change_a_parameter before insert on parameter_change
    for each row execute function refuse_own_approval();

create function log_parameter_change() returns trigger language plpgsql set search_path from current as $$
declare
    proposed bigint;
begin
    select value into proposed from parameter_change where id = coalesce(new.proposal, new.id);
    insert into admin_action (who, action, subject, why, outcome, after)
    values (new."by",
            case new.kind when 'proposed' then 'propose' when 'approved' then 'approve' else 'withdraw' end,
            new.parameter,
            new.reason,
            'done',
            jsonb_build_object('proposal', coalesce(new.proposal, new.id), 'value', proposed, 'effectiveAt', new.effective_at)::text);
    return null;
end $$;
create trigger parameter_change_is_logged after insert on parameter_change
    for each row execute function log_parameter_change();
