-- The line that was tried last: those that nobody can serve now, perhaps never, hold up none behind them.
alter table batch add column tried_to integer not null default -1;
