-- An expression with a count of forty took ten times what these take, for each wallet of each row that a job's life writes: a tenth of
-- PostgreSQL's work. Not validated: what is there has passed the same check in other words.
alter table job drop constraint job_requester_check;
alter table job add constraint job_requester_check check (
    octet_length(requester) = 42 and starts_with(requester, '0x') and requester = lower(requester)
    and length(decode(substr(requester, 3), 'hex')) = 20) not valid;
alter table assignment drop constraint assignment_worker_check;
alter table assignment add constraint assignment_worker_check check (
    octet_length(worker) = 42 and starts_with(worker, '0x') and worker = lower(worker)
    and length(decode(substr(worker, 3), 'hex')) = 20) not valid;
alter table assignment drop constraint assignment_session_key_check;
alter table assignment add constraint assignment_session_key_check check (
    octet_length(session_key) = 42 and starts_with(session_key, '0x') and session_key = lower(session_key)
    and length(decode(substr(session_key, 3), 'hex')) = 20) not valid;
alter table purse drop constraint purse_requester_check;
alter table purse add constraint purse_requester_check check (
    octet_length(requester) = 42 and starts_with(requester, '0x') and requester = lower(requester)
    and length(decode(substr(requester, 3), 'hex')) = 20) not valid;
alter table earning drop constraint earning_worker_check;
alter table earning add constraint earning_worker_check check (
    octet_length(worker) = 42 and starts_with(worker, '0x') and worker = lower(worker)
    and length(decode(substr(worker, 3), 'hex')) = 20) not valid;
