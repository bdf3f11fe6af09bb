-- For the bound on how many open jobs one requester has.
alter table open_job add column requester text;
update open_job set requester = job.requester from job where job.id = open_job.job;
alter table open_job alter column requester set not null;
create index open_job_by_requester on open_job (requester);
