-- The trace in which a transaction was planned, as W3C writes it: its sending goes on with that, also after a restart.
alter table outgoing add column traceparent text not null default '' check (length(traceparent) <= 55);
