-- What is written for every job is what a job costs. A signed job is looked up in job, where it is unique, and from there by job.
drop index assignment_by_signed_job;
drop index attestation_by_signed_job;

-- Blobs are written about in the order in which they may go: a summary for each range of pages finds those that may.
drop index blob_by_kept_until;
create index blob_by_kept_until on blob using brin (kept_until) with (pages_per_range = 16, autosummarize = on);

-- Most posts are named by their id.
drop index job_by_request_key;
create unique index job_by_request_key on job (requester, request_key) where request_key is not null;
