-- Who knows how many of the transactions that wrote something only said that a replica lives, knows by one question whether
-- anything else was written.
alter table replica add column beats bigint not null default 0;
