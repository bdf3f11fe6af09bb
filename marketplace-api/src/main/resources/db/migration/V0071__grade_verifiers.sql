-- What a member of a committee has found by its own, blind answer; set when the committee's answers are compared. Only who has
-- found otherwise than the accused, and the same as the others, can sign the verdict.
alter table audit_seat add column finding text check (finding in ('valid', 'invalid', 'inconclusive'));

-- Verifiers that did not do their work: signed what their own answer contradicts, or answered what a committee contradicts. Nobody
-- is slashed for it, since no contract can judge it; who is here is not drawn for a while.
create table verifier_lapse (
    verifier text        not null,
    audit    uuid        not null references audit,
    reason   text        not null check (reason in ('signed-blind', 'contradicted')),
    at       timestamptz not null,
    primary key (verifier, audit)
);
create index verifier_lapse_by_time on verifier_lapse (at);
