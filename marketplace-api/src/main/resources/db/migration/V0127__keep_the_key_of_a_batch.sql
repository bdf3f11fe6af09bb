-- The Idempotency-Key with which a batch was made, and what was asked: a retry must not make a second.
alter table batch
    add column request_key    text  check (length(request_key) between 1 and 64),
    add column request_digest bytea check (octet_length(request_digest) = 32),
    add constraint batch_request_is_whole check ((request_key is null) = (request_digest is null));
create unique index batch_by_request_key on batch (requester, request_key) where request_key is not null;
