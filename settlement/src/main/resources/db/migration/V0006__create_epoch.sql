-- Epochs that the market closed, and their seals. A seal is written down before it is sent, and never changed.
create table epoch (
    epoch             bigint        primary key check (epoch >= 1),
    root              text          not null,
    prev_root         text          not null,
    count             bigint        not null check (count >= 1),
    total_price       numeric(20,0) not null,
    canary_root       text          not null,
    verifier_set_root text          not null,
    verifier_count    bigint        not null,
    traceparent       text          not null,
    closed_at         timestamptz   not null,
    -- What the Court was anchored with when the seal was made.
    beacon_commitment text,
    -- From final logs.
    draw_block        bigint,
    sealed_at         timestamptz,
    beacon            text,
    preimage          text,
    drawn_by          text,   -- hash of the transaction
    drawn_in          bigint, -- its block
    told_at           timestamptz
);
