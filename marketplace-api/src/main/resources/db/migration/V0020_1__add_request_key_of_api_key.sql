-- The Idempotency-Key with which a key was minted: a retry must not mint a second.
alter table api_key
    add column request_key    text  check (length(request_key) between 1 and 64),
    add column request_digest bytea check (octet_length(request_digest) = 32),
    add constraint api_key_request_is_whole check ((request_key is null) = (request_digest is null));
create unique index api_key_by_request_key on api_key (owner, request_key);
