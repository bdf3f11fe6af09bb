package dev.assay.agent.work;

import dev.assay.agent.backend.InferenceBackend;
import dev.assay.agent.market.Reply;
import dev.assay.agent.market.Traceparent;
import dev.assay.protocol.Digest;
import dev.assay.protocol.wire.HeartbeatAnswer;
import dev.assay.protocol.wire.LeaseAnswer;
import dev.assay.protocol.wire.OfferBook;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/** What came back to the deciding thread. */
sealed interface Event {
  record SignedIn(Reply<SignIn.Welcome> reply) implements Event {}

  record Offered(Reply<OfferBook> reply, List<String> names) implements Event {}

  record Polled(Reply<LeaseAnswer> reply, int asked, Instant askedAt, Traceparent trace)
      implements Event {}

  record Executed(Execution.Outcome outcome) implements Event {}

  /** A stream ended before its output did: a heartbeat will tell why. */
  record StreamBroke() implements Event {}

  record Posted(ResultPost.Posted posted, Duration took) implements Event {}

  record NotPosted(IOException why) implements Event {}

  record Kept() implements Event {}

  record NotKept(IOException why) implements Event {}

  record Beat(Reply<HeartbeatAnswer> reply) implements Event {}

  record HandedBack(Reply<Object> reply) implements Event {}

  record Judged(VerdictPost.Judged judged) implements Event {}

  record NotJudged(IOException why) implements Event {}

  /** What a runtime that failed can run now. */
  record Looked(InferenceBackend backend, Set<Digest> ready) implements Event {}

  /** An errand was interrupted that nobody had given up. */
  record Abandoned() implements Event {}

  /** Our own fault. */
  record Broken(Throwable fault) implements Event {}
}
