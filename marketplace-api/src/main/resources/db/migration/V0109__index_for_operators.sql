-- Operators see how many audits an epoch has, and those that are not over, however many there were.
create index audit_by_epoch on audit (epoch);
create index audit_open on audit (job) where stage <> 'over';
