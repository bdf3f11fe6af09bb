-- Who reads the open jobs of a replica reads them in the order of their ids, a page at a time: the primary key does for that. The index
-- took an entry for each job that was posted, and another whenever one was taken over.
drop index open_job_by_replica;
