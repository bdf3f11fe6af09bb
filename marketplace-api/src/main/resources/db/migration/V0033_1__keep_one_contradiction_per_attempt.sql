-- With the attestation one other signature is evidence enough; a worker must not be able to have us keep more and more of them.
delete from contradiction later using contradiction earlier
where later.job = earlier.job and later.attempt = earlier.attempt
  and (earlier.received_at, earlier.digest) < (later.received_at, later.digest);
create unique index one_contradiction_per_attempt on contradiction (job, attempt);
