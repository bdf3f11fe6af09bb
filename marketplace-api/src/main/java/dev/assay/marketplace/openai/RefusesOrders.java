package dev.assay.marketplace.openai;

import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.Refuses;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** An operation that posts what is asked and waits for the answer: what may come in between. */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Refuses({
  ProblemType.UNSUPPORTED_PARAMETER,
  ProblemType.UNKNOWN_MODEL,
  ProblemType.INSUFFICIENT_FUNDS,
  ProblemType.BUDGET_EXHAUSTED,
  ProblemType.IDEMPOTENCY_CONFLICT,
  ProblemType.PRICE_TOO_LOW,
  ProblemType.NO_WORKER,
  ProblemType.TOO_MANY_OPEN_JOBS,
  ProblemType.TOO_MUCH_KEPT,
  ProblemType.NO_RESULT,
  ProblemType.PROVIDER_FAILED,
  ProblemType.DEADLINE_EXCEEDED,
  ProblemType.PAUSED
})
@interface RefusesOrders {}
