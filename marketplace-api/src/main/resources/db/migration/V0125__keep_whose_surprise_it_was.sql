-- What each verifier has added to a row of surprisal: none of them alone is believed.
create table surprisal_by_verifier (
    worker       text               not null,
    model_digest bytea              not null check (length(model_digest) = 32),
    profile      text               not null,
    verifier     text               not null,
    tokens       bigint             not null check (tokens >= 0),
    logs         double precision[] not null,
    primary key (worker, model_digest, profile, verifier)
);
