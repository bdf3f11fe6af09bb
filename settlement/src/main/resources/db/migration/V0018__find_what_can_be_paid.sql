-- Who has jobs that wait, and the oldest of each, without reading the rows of those that cannot be paid.
create index cleared_job_waiting_by_requester on cleared_job (requester, cleared_at, job) include (price)
 where batch is null;
create index batch_open on batch (seq) where state = 'CLOSED';
