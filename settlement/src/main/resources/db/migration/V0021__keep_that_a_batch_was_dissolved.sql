-- That a batch was dissolved, whatever became of it later.
alter table batch add column dissolved_at timestamptz;
update batch set dissolved_at = closed_at where state = 'VOID';
create index batch_dissolved on batch (seq) where dissolved_at is not null;

-- The jobs that a dissolved batch had. If it lands after all, they are paid by it and must not be by another.
create table dissolved_job (
    batch             bigint not null references batch (seq),
    job               text   not null references cleared_job (job),
    requester_account bigint not null,
    worker_account    bigint not null,
    primary key (batch, job)
);
