package dev.assay.marketplace.matching;

import dev.assay.marketplace.job.Checking;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.job.Tier;
import dev.assay.marketplace.job.Verification;
import dev.assay.marketplace.job.Wishes;
import dev.assay.marketplace.offer.Offer;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.audit.TrackRecord;
import dev.assay.protocol.content.JobKind;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.content.UnitPrice;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/** Jobs and workers to match. */
final class Examples {
  static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");

  /** Has passed so many audits that its stake alone limits it. */
  static final Exposure GROWN = new Exposure(TokenAmount.ZERO, new TrackRecord(60, 60, 0));

  static final Digest MODEL = digest("model");

  private static long serial;

  private Examples() {}

  static Digest digest(String text) {
    return Digest.keccak256(text.getBytes(StandardCharsets.UTF_8));
  }

  static WalletAddress wallet(int number) {
    return new WalletAddress("0x%040x".formatted(number));
  }

  static OpenJob job(WalletAddress requester, Tier tier, long units, Wishes wishes, long maxPrice) {
    var id = new JobId(new UUID(7, serial++));
    return new OpenJob(
        new Job(
            id,
            id.of(requester),
            requester,
            MODEL,
            JobKind.EMBEDDINGS,
            digest("input"),
            digest("spec"),
            new Checking(2, Verification.SPOT, Digest.ZERO),
            TokenAmount.of(maxPrice),
            units,
            0,
            tier,
            wishes,
            NOON.plusSeconds(60),
            NOON,
            Optional.empty(),
            ""),
        1,
        Set.of());
  }

  static OpenJob job(int requester) {
    return job(wallet(requester), Tier.STANDARD, 1_000, Wishes.NONE, 1_000_000);
  }

  static Offer offer(int worker, long pricePerMillion) {
    return new Offer(
        wallet(worker),
        MODEL,
        ProfileClass.F32_CPU,
        new UnitPrice(TokenAmount.of(pricePerMillion)),
        UnitPrice.FREE,
        4,
        "eu");
  }

  static Standing standing(Offer offer) {
    return new Standing(
        offer, TokenAmount.of(500_000_000), TokenAmount.ZERO, GROWN, 0, Duration.ofMillis(20), "");
  }

  static Wishes wishes(
      TreeSet<WalletAddress> only, TreeSet<WalletAddress> ignore, String... regions) {
    return new Wishes(
        Wishes.Sort.PRICE, only, ignore, new TreeSet<>(Set.of(regions)), TokenAmount.ZERO);
  }
}
