-- Whether the worker may be drawn to check others' results; the same in all of its rows.
alter table offer add column verifies boolean not null default false;
