-- Nobody looks a transfer up by its id, and nothing refers to it: it is one of a job's, each of which there is once, or one of an
-- account's list, which has an index of its own. The primary key took an entry for each, twice a job.
alter table transfer drop constraint transfer_pkey;
