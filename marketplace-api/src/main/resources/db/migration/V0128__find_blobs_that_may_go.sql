-- A summary of a range of pages is never narrowed: as soon as the first blobs had gone and others had come in their place, every range may have held one that
-- may go, and each sweep read the whole table.
drop index blob_by_kept_until;
create index blob_by_kept_until on blob (kept_until);
