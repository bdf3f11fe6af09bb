package dev.assay.marketplace.identity;

import dev.assay.protocol.TokenAmount;
import java.util.UUID;

/** What a job posted with a key reserves, or gives back, of the key's budget. */
public record KeySpend(UUID key, TokenAmount amount) {}
