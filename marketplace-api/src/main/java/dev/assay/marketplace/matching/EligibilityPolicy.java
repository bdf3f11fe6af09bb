package dev.assay.marketplace.matching;

import dev.assay.marketplace.job.Job;
import dev.assay.protocol.TokenAmount;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The rules by which a worker may not have a job, in the order in which they are looked at. */
enum EligibilityPolicy {
  PAUSED {
    @Override
    @Nullable String objection(OpenJob open, Standing worker, Instant now) {
      return worker.paused().isEmpty() ? null : worker.paused();
    }
  },
  NOT_ITS_OWN {
    @Override
    @Nullable String objection(OpenJob open, Standing worker, Instant now) {
      return open.job().requester().equals(worker.offer().worker())
          ? "Nobody serves its own jobs."
          : null;
    }
  },
  TRIED_BEFORE {
    @Override
    @Nullable String objection(OpenJob open, Standing worker, Instant now) {
      return open.triedBy().contains(worker.offer().worker())
          ? "It has had this job and did not answer it."
          : null;
    }
  },
  NOT_AMONG_ONLY {
    @Override
    @Nullable String objection(OpenJob open, Standing worker, Instant now) {
      var only = open.job().wishes().only();
      return only.isEmpty() || only.contains(worker.offer().worker())
          ? null
          : "It is not among provider.only.";
    }
  },
  IGNORED {
    @Override
    @Nullable String objection(OpenJob open, Standing worker, Instant now) {
      return open.job().wishes().ignore().contains(worker.offer().worker())
          ? "It is among provider.ignore."
          : null;
    }
  },
  OTHER_REGION {
    @Override
    @Nullable String objection(OpenJob open, Standing worker, Instant now) {
      var regions = open.job().wishes().regions();
      return regions.isEmpty() || regions.contains(worker.offer().region())
          ? null
          : "It is in %s.".formatted(worker.offer().region());
    }
  },
  PRICE_ABOVE_LIMIT {
    @Override
    @Nullable String objection(OpenJob open, Standing worker, Instant now) {
      TokenAmount price = price(open.job(), worker);
      return price.compareTo(open.job().maxPrice()) <= 0
          ? null
          : "It asks %s, the job's limit is %s.".formatted(price, open.job().maxPrice());
    }
  },
  STAKE_BELOW_WISH {
    @Override
    @Nullable String objection(OpenJob open, Standing worker, Instant now) {
      TokenAmount least = open.job().wishes().minStake();
      return worker.freeStake().compareTo(least) >= 0
          ? null
          : "Its free stake is %s, provider.minStake is %s.".formatted(worker.freeStake(), least);
    }
  },
  STAKE_TOO_SMALL_FOR_MORE {
    @Override
    @Nullable String objection(OpenJob open, Standing worker, Instant now) {
      TokenAmount most = worker.exposure().record().mostUnsettled(worker.freeStake());
      TokenAmount exposed = worker.atRisk().plus(worker.exposure().unsettled());
      TokenAmount price = price(open.job(), worker);
      boolean isWithin = exposed.compareTo(most) <= 0 && price.compareTo(most.minus(exposed)) <= 0;
      return isWithin
          ? null
          : "%s is under way or unsettled and this job costs %s; with a free stake of %s and %d passed audits it may have %s."
              .formatted(
                  exposed, price, worker.freeStake(), worker.exposure().record().passes(), most);
    }
  },
  BUSY {
    @Override
    @Nullable String objection(OpenJob open, Standing worker, Instant now) {
      return worker.live() < worker.offer().concurrency()
          ? null
          : "It executes %d jobs, as many as it takes.".formatted(worker.live());
    }
  },
  TOO_SLOW_FOR_DEADLINE {
    @Override
    @Nullable String objection(OpenJob open, Standing worker, Instant now) {
      return now.plus(worker.pace()).isBefore(open.job().deadline())
          ? null
          : "It takes %d ms of late, and the deadline is %s."
              .formatted(worker.pace().toMillis(), open.job().deadline());
    }
  };

  /** Why the worker may not have the job; null if this rule does not mind. */
  abstract @Nullable String objection(OpenJob open, Standing worker, Instant now);

  private static final List<EligibilityPolicy> RULES = List.of(values());

  /** All rules; the first that objects decides. */
  static Eligibility of(OpenJob open, Standing worker, Instant now) {
    for (EligibilityPolicy rule : RULES) {
      String objection = rule.objection(open, worker, now);
      if (objection != null) {
        return new Eligibility.Ineligible(rule.label(), objection);
      }
    }
    return Eligibility.YES;
  }

  private String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static TokenAmount price(Job job, Standing worker) {
    return worker.offer().priceOf(job.inputUnits(), job.outputUnits());
  }
}
