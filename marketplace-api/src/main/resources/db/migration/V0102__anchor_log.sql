-- How the log of operators ended when an epoch was sealed: a leaf of the tree of its canary root, and the way from the one to the other.
create table anchored_head (
    epoch  bigint primary key references sealed_epoch,
    number bigint not null check (number >= 0),
    hash   bytea  not null check (length(hash) = 32),
    proof  bytea  not null check (length(proof) % 32 = 0)
);
create trigger anchored_head_is_immutable before update or delete on anchored_head
    for each row execute function refuse_change();
create trigger anchored_head_is_kept before truncate on anchored_head
    for each statement execute function refuse_change();
