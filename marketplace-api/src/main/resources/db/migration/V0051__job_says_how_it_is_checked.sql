-- What its requester wants of the check, and by which thresholds: both stand in the spec that specDigest is of.
alter table job add column verification text not null default 'spot';
alter table job add column thresholds bytea not null
    default '\x0000000000000000000000000000000000000000000000000000000000000000'::bytea check (length(thresholds) = 32);
