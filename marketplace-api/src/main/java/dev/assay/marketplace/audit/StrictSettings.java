package dev.assay.marketplace.audit;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the market replays strictly; it does so on one thread, which costs a core while there is
 * something to replay.
 *
 * @param models directory with files of models, by the paths of their manifests; what is not there
 *     is looked for among the jars
 * @param texts the most that one strict job may have: a replay takes tens of times as long as a
 *     worker does
 * @param queued strict jobs that may be undecided; more are refused until some are
 * @param perRequester how many of those may be of one requester; several API processes that take
 *     posts of one at the same moment may let more in
 * @param sealedWithin how long the seal of a closed epoch waits for its answers to be replayed;
 *     what is not replayed by then is audited, whatever its worker's record
 * @param patience how long a replay may take until another replica tries
 * @param tries after so many that failed an answer counts as one that cannot be replayed
 */
@ConfigurationProperties("marketplace.strict")
record StrictSettings(
    @Nullable Path models,
    @DefaultValue("64") int texts,
    @DefaultValue("200") int queued,
    @DefaultValue("50") int perRequester,
    @DefaultValue("2m") Duration sealedWithin,
    @DefaultValue("2m") Duration patience,
    @DefaultValue("5") int tries) {
  StrictSettings {
    if (texts < 1 || queued < 1 || perRequester < 1 || tries < 1) {
      throw new IllegalArgumentException(
          "marketplace.strict: texts, queued, per-requester and tries are at least 1.");
    }
  }
}
