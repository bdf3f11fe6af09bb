package dev.assay.marketplace.job;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.assurance.Assurance;
import dev.assay.protocol.content.JobKind;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A job as its requester sees it.
 *
 * @param signedId the job's name in everything that is signed
 * @param status {@code open}, {@code executing}, {@code attested}, {@code cancelled}, {@code
 *     expired}, {@code unserved} or {@code disagreed}: of a quorum too few agree, or of a strict
 *     job the replay confirms no answer
 * @param maxPrice held for it
 * @param price what it costs; only with a result
 * @param usage what the price is for; only with a result
 * @param assurance how sure one can be of the result
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record JobBody(
    JobId id,
    Digest signedId,
    String status,
    String model,
    JobKind kind,
    Tier tier,
    Verification verification,
    TokenAmount maxPrice,
    @Nullable TokenAmount price,
    @Nullable WalletAddress worker,
    @Nullable Integer attempt,
    JobEnd.@Nullable Usage usage,
    @Nullable Assurance assurance,
    @Nullable String because,
    Instant postedAt,
    Instant deadline,
    @Nullable Instant endedAt,
    @Nullable ResultBody result) {}
