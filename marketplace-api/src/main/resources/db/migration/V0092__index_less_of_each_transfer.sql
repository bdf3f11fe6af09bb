-- Transfers are listed for requesters only. Each stands in one index: by whom it was taken from, or, if that is no account of a
-- requester's, by whom it was given to. What is settled with workers is found by its job.
drop index transfer_by_debit;
create index transfer_by_debit on transfer (debit, id) where kind in ('withdraw', 'reserve', 'charge', 'return', 'release');
drop index transfer_by_credit;
create index transfer_by_credit on transfer (credit, id) where kind in ('fund', 'refund');
