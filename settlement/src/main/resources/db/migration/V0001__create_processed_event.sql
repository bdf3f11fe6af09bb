-- The inbox: ids of events whose effect has happened.
create table processed_event (
    event_id     uuid        primary key,
    processed_at timestamptz not null
);
