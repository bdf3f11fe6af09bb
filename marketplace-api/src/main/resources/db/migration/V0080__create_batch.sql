-- What clients made for OpenAI hand in to be answered within a day, and what they get back.
create table stored_file (
    id         uuid        primary key,
    requester  text        not null check (requester ~ '^0x[0-9a-f]{40}$'),
    filename   text        not null check (length(filename) between 1 and 256),
    bytes      bigint      not null check (bytes >= 0),
    created_at timestamptz not null,
    kept_until timestamptz not null,
    -- What was handed in; null for the answers of a batch, which are kept with its lines.
    content    bytea,
    batch      uuid,
    of_errors  boolean,
    check (num_nonnulls(content, batch) = 1),
    check (num_nonnulls(batch, of_errors) in (0, 2))
);
create index stored_file_by_requester on stored_file (requester, id);
create index stored_file_by_kept_until on stored_file (kept_until);

create table batch (
    id             uuid        primary key,
    requester      text        not null check (requester ~ '^0x[0-9a-f]{40}$'),
    api_key        uuid,
    endpoint       text        not null,
    input_file     uuid        not null,
    metadata       text        not null,
    status         text        not null check (status in ('validating', 'failed', 'in_progress', 'completed', 'expired',
                                                          'cancelling', 'cancelled')),
    errors         text        not null,
    created_at     timestamptz not null,
    expires_at     timestamptz not null,
    in_progress_at timestamptz,
    cancelling_at  timestamptz,
    ended_at       timestamptz,
    output_file    uuid,
    error_file     uuid,
    -- Who sees to it now, and until when nobody else does.
    replica        uuid,
    seen_until     timestamptz
);
create index batch_by_requester on batch (requester, id);
create index batch_unended on batch (id) where ended_at is null;

-- The job of a line is named before it is posted: posted again it is the same job, so a line is answered and charged once.
create table batch_line (
    batch     uuid    not null references batch on delete cascade,
    line      integer not null check (line >= 0),
    custom_id text    not null,
    body      text    not null,
    job       uuid    not null unique,
    is_posted boolean not null default false,
    status    integer,
    answer    text,
    primary key (batch, line),
    check (num_nonnulls(status, answer) in (0, 2))
);
create index batch_line_unanswered on batch_line (batch, line) where status is null;
