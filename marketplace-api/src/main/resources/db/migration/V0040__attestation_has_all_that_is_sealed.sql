-- An epoch is sealed from its attestations alone, in the order of their digests.
alter table attestation
    add column requester    text,
    add column price        numeric(78) check (price >= 0),
    add column model_digest bytea check (length(model_digest) = 32),
    add column profile      text;
update attestation t
set requester = j.requester, price = e.price, model_digest = j.model_digest, profile = a.profile
from job j, job_end e, assignment a
where j.id = t.job and e.job = t.job and a.job = t.job and a.attempt = t.attempt;
alter table attestation
    alter column requester set not null,
    alter column price set not null,
    alter column model_digest set not null,
    alter column profile set not null;
drop index attestation_by_epoch;
create index attestation_by_epoch on attestation (epoch, digest);

-- No lease is given in an epoch that is closed. One is open, always: what is leased belongs to it.
alter table epoch add column closed_at timestamptz;
create unique index one_epoch_is_open on epoch ((closed_at is null)) where closed_at is null;
