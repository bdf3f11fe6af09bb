-- A track record as the protocol counts it: all audits that were decided, not only those in a row.
alter table standing add column audits bigint not null default 0;
update standing set audits = passes + failures;
alter table standing alter column audits drop default;
alter table standing add constraint standing_adds_up check (audits >= passes + failures);

-- How many audits its worker had passed in a row when the result was sealed: its rate follows from it, and how sure one is.
alter table sealed_leaf add column passes integer not null default 0 check (passes >= 0);
