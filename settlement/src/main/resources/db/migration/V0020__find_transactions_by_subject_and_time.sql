-- What one thing has had sent, the newest first, and what was signed since a time: without a look at all that ever was sent.
create index outgoing_by_subject on outgoing (subject, purpose, id);
create index attempt_by_signing on attempt (signed_at, outgoing_id);
