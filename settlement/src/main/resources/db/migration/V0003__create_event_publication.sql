-- The outbox: events written in the transaction that caused them, deleted when Kafka has acknowledged them.
-- Columns are those of Spring Modulith's JDBC event publication registry, version 2.
create table event_publication (
    id                     uuid        primary key,
    listener_id            text        not null,
    event_type             text        not null,
    serialized_event       text        not null,
    publication_date       timestamptz not null,
    completion_date        timestamptz,
    status                 text,
    completion_attempts    integer,
    last_resubmission_date timestamptz
);
create index event_publication_by_serialized_event on event_publication using hash (serialized_event);
create index event_publication_by_publication_date on event_publication (publication_date);
