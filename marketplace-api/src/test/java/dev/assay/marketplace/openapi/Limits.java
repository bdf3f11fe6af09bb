package dev.assay.marketplace.openapi;

import dev.assay.protocol.content.ChatInput;
import dev.assay.protocol.content.ChatMessage;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.TokenTrace;
import dev.assay.protocol.wire.HandBack;
import dev.assay.protocol.wire.Heartbeat;
import dev.assay.protocol.wire.LeaseRequest;
import dev.assay.protocol.wire.OfferBook;
import dev.assay.protocol.wire.ResultBatch;
import dev.assay.protocol.wire.WorkerOffer;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * The bounds that records keep in their constructors, once more as JSON Schema. The fuzz holds the
 * two together: what is within is not refused for its shape, what is beyond is.
 */
final class Limits {
  private static final long UINT32 = 0xffff_ffffL;
  private static final long UINT53 = (1L << 53) - 1;
  private static final String REGION = "^[a-z0-9-]{1,32}$";

  /** Narrows a member's schema. */
  interface Limit {
    void narrow(ObjectNode member);
  }

  /** By record and member. */
  static final Map<String, Limit> MEMBERS =
      Map.ofEntries(
          Map.entry("LeaseRequest.capacity", range(1, LeaseRequest.MAX_CAPACITY)),
          Map.entry("LeaseRequest.agentVersion", pattern("^[!-~]{1,64}$")),
          Map.entry("HandBack.because", longest(HandBack.MAX_WORDS)),
          Map.entry("Heartbeat.attempts", items(0, Heartbeat.MAX_ATTEMPTS)),
          Map.entry("OfferBook.region", pattern(REGION)),
          Map.entry("OfferBook.offers", items(0, OfferBook.MAX_OFFERS)),
          Map.entry("WorkerOffer.concurrency", range(1, WorkerOffer.MAX_CONCURRENCY)),
          Map.entry("ResultBatch.results", items(1, ResultBatch.MAX_RESULTS)),
          Map.entry("ResultAttestation.attempt", range(0, UINT32)),
          Map.entry("ResultAttestation.method", range(0, 0xffff)),
          Map.entry("ResultAttestation.inputUnits", range(0, UINT53)),
          Map.entry("ResultAttestation.outputUnits", range(0, UINT53)),
          Map.entry("ResultAttestation.epoch", range(0, UINT53)),
          Map.entry("ResultAttestation.issuedAt", range(0, UINT53)),
          Map.entry("Assignment.attempt", range(0, UINT32)),
          Map.entry("Assignment.method", range(0, 0xffff)),
          Map.entry("Assignment.assignedAt", range(0, UINT53)),
          Map.entry("Assignment.deadline", range(0, UINT53)),
          Map.entry("Verdict.epoch", range(0, UINT53)),
          Map.entry("Verdict.round", range(0, 0xff)),
          Map.entry("Verdict.method", range(0, 0xffff)),
          Map.entry("Verdict.issuedAt", range(0, UINT53)),
          Map.entry("Domain.chainId", range(1, UINT53)),
          Map.entry("EmbeddingsInput.texts", texts()),
          Map.entry("ChatInput.messages", items(1, ChatInput.MAX_MESSAGES)),
          Map.entry("ChatInput.maxTokens", range(1, ChatInput.MAX_TOKENS)),
          Map.entry("ChatInput.temperatureMilli", range(0, 2_000)),
          Map.entry("ChatInput.seed", range(0, Integer.MAX_VALUE)),
          Map.entry("ChatInput.forcedTokens", tokens()),
          Map.entry("ChatMessage.content", longest(ChatMessage.MAX_CONTENT_BYTES)),
          Map.entry("EmbeddingsOutput.count", range(1, Integer.MAX_VALUE)),
          Map.entry("EmbeddingsOutput.dimensions", range(1, EmbeddingsOutput.MAX_DIMENSIONS)),
          Map.entry("SwitchRequest.reason", line(500)),
          Map.entry("BulkRequest.reason", line(500)),
          Map.entry("BulkRequest.agentVersion", line(64)),
          Map.entry("BulkRequest.region", line(64)),
          Map.entry("BulkRequest.workers", items(0, 1_000)),
          Map.entry("ProposalRequest.reason", line(500)),
          Map.entry("ReasonRequest.reason", line(500)),
          Map.entry("MintRequest.name", line(64)),
          Map.entry("MintRequest.scopes", grantable()),
          Map.entry("MintRequest.ratePerMinute", range(1, 1_000_000)),
          Map.entry("PostJobRequest.deadlineSeconds", range(1, 604_800)),
          Map.entry("ChatRequest.messages", items(1, ChatInput.MAX_MESSAGES)),
          Map.entry("ChatRequest.models", items(0, 8)),
          Map.entry("ChatRequest.maxTokens", range(1, ChatInput.MAX_TOKENS)),
          Map.entry("ChatRequest.maxCompletionTokens", range(1, ChatInput.MAX_TOKENS)),
          Map.entry("ChatRequest.temperature", range(0, 2)),
          Map.entry("ChatRequest.seed", range(0, Integer.MAX_VALUE)),
          Map.entry("ChatRequest.n", range(1, 1)),
          Map.entry("ChatRequest.topP", range(1, 1)),
          Map.entry("ChatRequest.presencePenalty", range(0, 0)),
          Map.entry("ChatRequest.frequencyPenalty", range(0, 0)),
          Map.entry("ChatRequest.topLogprobs", range(0, TokenTrace.LISTED)),
          Map.entry("ResponseFormat.type", only("text")),
          Map.entry("BatchRequest.completionWindow", only("24h")),
          Map.entry("BatchRequest.metadata", notes()),
          Map.entry("EmbeddingsRequest.models", items(0, 8)),
          Map.entry("Routing.only", items(0, 64)),
          Map.entry("Routing.ignore", items(0, 64)),
          Map.entry("Routing.regions", regions()),
          Map.entry("Routing.deadlineSeconds", range(1, 604_800)),
          Map.entry("Routing.allowFallbacks", always()),
          Map.entry("Routing.dataCollection", only("allow")),
          Map.entry("PriceLimit.prompt", range(0, 1_000_000_000_000L)),
          Map.entry("PriceLimit.completion", range(0, 1_000_000_000_000L)),
          Map.entry("PriceLimit.request", range(0, 1_000_000_000_000L)),
          Map.entry("Wishes.only", items(0, 64)),
          Map.entry("Wishes.ignore", items(0, 64)),
          Map.entry("Wishes.regions", regions()));

  private Limits() {}

  private static Limit range(long from, long to) {
    return member -> member.put("minimum", from).put("maximum", to);
  }

  private static Limit items(int fewest, int most) {
    return member -> {
      if (fewest > 0) {
        member.put("minItems", fewest);
      }
      member.put("maxItems", most);
    };
  }

  private static Limit pattern(String pattern) {
    return member -> member.put("pattern", pattern);
  }

  private static Limit only(String text) {
    return member -> member.putArray("enum").add(text);
  }

  private static Limit always() {
    return member -> member.putArray("enum").add(true);
  }

  private static Limit longest(int characters) {
    return member -> member.put("maxLength", characters);
  }

  /** One line that is not blank. */
  private static Limit line(int characters) {
    return member ->
        member.put("pattern", "^[^\\r\\n]*\\S[^\\r\\n]*$").put("maxLength", characters);
  }

  /** A key never mints keys. */
  private static Limit grantable() {
    return member -> {
      member.put("minItems", 1);
      var scopes = member.putObject("items").put("type", "string").putArray("enum");
      scopes.add("jobs:write").add("jobs:read").add("account:read");
    };
  }

  private static Limit texts() {
    return member -> {
      items(1, EmbeddingsInput.MAX_TEXTS).narrow(member);
      ((ObjectNode) member.get("items"))
          .put("minLength", 1)
          .put("maxLength", EmbeddingsInput.MAX_TEXT_BYTES);
    };
  }

  private static Limit notes() {
    return member -> {
      member.put("maxProperties", 16);
      member.putObject("propertyNames").put("maxLength", 64);
      ((ObjectNode) member.get("additionalProperties")).put("maxLength", 512);
    };
  }

  private static Limit tokens() {
    return member -> {
      items(1, ChatInput.MAX_TOKENS).narrow(member);
      ((ObjectNode) member.get("items")).put("minimum", 0);
    };
  }

  private static Limit regions() {
    return member -> {
      items(0, 64).narrow(member);
      ((ObjectNode) member.get("items")).put("pattern", REGION);
    };
  }
}
