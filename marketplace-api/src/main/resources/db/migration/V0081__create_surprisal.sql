-- How the tokens of a worker's texts surprised those who checked them, added up over all its audits: soft evidence.
create table surprisal (
    worker       text               not null,
    model_digest bytea              not null check (length(model_digest) = 32),
    profile      text               not null,
    tokens       bigint             not null check (tokens >= 0),
    logs         double precision[] not null,
    is_decisive  boolean            not null,
    primary key (worker, model_digest, profile)
);
