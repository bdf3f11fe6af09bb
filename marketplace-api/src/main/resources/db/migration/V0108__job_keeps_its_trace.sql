-- The trace in which a job was posted, as W3C writes it: what is done for it later, here and elsewhere, goes on with that.
alter table job add column traceparent text not null default '' check (length(traceparent) <= 55);
