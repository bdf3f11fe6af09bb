-- Whose nonce it is: each key counts for itself, and a new one begins anew. The version before does not say; what it
-- leaves is the present key's.
alter table outgoing add column sender text check (sender ~ '^0x[0-9a-f]{40}$');
alter table outgoing drop constraint outgoing_nonce_key;
create unique index outgoing_by_nonce on outgoing (sender, nonce) nulls not distinct where nonce is not null;
