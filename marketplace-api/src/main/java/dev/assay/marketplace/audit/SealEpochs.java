package dev.assay.marketplace.audit;

import dev.assay.determinism.CrashPoint;
import dev.assay.determinism.Ids;
import dev.assay.marketplace.attestation.AttestedResults;
import dev.assay.marketplace.attestation.AttestedResults.Attested;
import dev.assay.marketplace.audit.AuditRates.Rate;
import dev.assay.marketplace.audit.Commitments.Prepared;
import dev.assay.marketplace.audit.Seals.LeafRow;
import dev.assay.marketplace.audit.Seals.NewLeaf;
import dev.assay.marketplace.audit.Seals.SealedEpoch;
import dev.assay.marketplace.dispatch.Epochs;
import dev.assay.marketplace.offer.Offer;
import dev.assay.marketplace.offer.Offers;
import dev.assay.marketplace.platform.ByClock;
import dev.assay.marketplace.platform.ByOneReplica;
import dev.assay.marketplace.platform.WhenChanged;
import dev.assay.marketplace.stake.Stakes;
import dev.assay.protocol.Digest;
import dev.assay.protocol.EventId;
import dev.assay.protocol.MerkleTree;
import dev.assay.protocol.SealLeaf;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.event.EpochClosed;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionOperations;

/**
 * Fixes closed epochs, one after the other: each result becomes a leaf with the rate at which it is
 * audited. Leaves are written a page at a time, each once, so that a crash costs a page and a
 * million of them 64 MB; only the last step makes the seal.
 */
@Service
class SealEpochs implements ByClock {
  private static final Logger LOG = LoggerFactory.getLogger(SealEpochs.class);
  private static final int PAGE = 1_000;
  private static final int AT_ONCE = 16;

  private final Epochs epochs;
  private final StrictReplays replays;
  private final AttestedResults results;
  private final Seals seals;
  private final AuditRates rates;
  private final Commitments commitments;
  private final VerifierLapses lapses;
  private final Offers offers;
  private final Stakes stakes;
  private final AuditSettings settings;
  private final StrictSettings strict;
  private final TransactionOperations transaction;
  private final ApplicationEventPublisher events;
  private final Clock clock;
  private final Ids ids;

  /** When an epoch waits no longer for the replay. */
  private volatile Optional<Instant> due = Optional.empty();

  SealEpochs(
      Epochs epochs,
      StrictReplays replays,
      AttestedResults results,
      Seals seals,
      AuditRates rates,
      Commitments commitments,
      VerifierLapses lapses,
      Offers offers,
      Stakes stakes,
      AuditSettings settings,
      StrictSettings strict,
      TransactionOperations transaction,
      ApplicationEventPublisher events,
      Clock clock,
      Ids ids) {
    this.epochs = epochs;
    this.replays = replays;
    this.results = results;
    this.seals = seals;
    this.rates = rates;
    this.commitments = commitments;
    this.lapses = lapses;
    this.offers = offers;
    this.stakes = stakes;
    this.settings = settings;
    this.strict = strict;
    this.transaction = transaction;
    this.events = events;
    this.clock = clock;
    this.ids = ids;
  }

  @ByOneReplica
  @WhenChanged
  @Scheduled(
      initialDelayString = "${marketplace.audit.seal-every:500ms}",
      fixedDelayString = "${marketplace.audit.seal-every:500ms}")
  synchronized void seal() {
    due = Optional.empty();
    Optional<SealedEpoch> last = seals.last();
    for (long number : epochs.closedAfter(last.map(SealedEpoch::number).orElse(0L), AT_ONCE)) {
      if (epochs.isAwaited(number) || isReplayAwaited(number)) {
        return; // the next ones need its root
      }
      last = Optional.of(seal(number, last.map(SealedEpoch::root).orElse(Digest.ZERO)));
    }
  }

  /** Not for ever: who asks for much that is strict would hold up what everybody earns. */
  private boolean isReplayAwaited(long number) {
    due =
        replays
            .awaitedSince(number)
            .map(since -> since.plus(strict.sealedWithin()))
            .filter(clock.instant()::isBefore);
    return due.isPresent();
  }

  @Override
  public Optional<Instant> due() {
    return due;
  }

  private SealedEpoch seal(long number, Digest prevRoot) {
    addLeaves(number);
    CrashPoint.API_SEAL_AFTER_LEAVES.reached();
    MerkleTree tree = tree(number);
    VerifierSet verifiers = verifiers();
    Seals.Sum sum = seals.sum(number);
    Prepared committed = commitments.prepare();
    var sealed =
        new SealedEpoch(
            number,
            tree.root(),
            prevRoot,
            sum.count(),
            sum.price(),
            committed.root(),
            verifiers.root(),
            verifiers.entries().size(),
            clock.instant());
    transaction.executeWithoutResult(_ -> {
      seals.keepTree(number, tree);
      seals.keepVerifiers(sealed.verifierSetRoot(), verifiers.entries());
      if (seals.seal(sealed)) {
        commitments.keep(number, committed);
        events.publishEvent(closed(sealed));
      }
      CrashPoint.API_SEAL_BEFORE_COMMIT.reached();
    });
    LOG.atInfo()
        .addKeyValue("epoch", number)
        .addKeyValue("leaves", sealed.count())
        .addKeyValue("verifiers", sealed.verifierCount())
        .log("Epoch sealed");
    return seals.find(number).orElseThrow();
  }

  private void addLeaves(long number) {
    Digest after = Digest.ZERO;
    List<Attested> page;
    do {
      page = results.page(number, after, PAGE);
      if (!page.isEmpty()) {
        List<NewLeaf> rows = leaves(page);
        transaction.executeWithoutResult(_ -> seals.addLeaves(number, rows));
        after = page.getLast().digest();
      }
    } while (page.size() == PAGE);
  }

  private List<NewLeaf> leaves(List<Attested> page) {
    var rateOf = rates.of(page);
    return page.stream().map(result -> leaf(result, rateOf.apply(result))).toList();
  }

  private static NewLeaf leaf(Attested result, Rate rate) {
    var leaf =
        new SealLeaf(
            result.digest(), result.worker(), result.requester(), result.price(), rate.value());
    return new NewLeaf(new LeafRow(leaf, result.job(), result.attempt()), rate.passes());
  }

  private MerkleTree tree(long number) {
    var ascending = new MerkleTree.Ascending(Math.toIntExact(seals.sum(number).count()));
    Digest after = Digest.ZERO;
    List<LeafRow> page;
    do {
      page = seals.leaves(number, after, PAGE);
      for (LeafRow row : page) {
        after = row.leaf().hash();
        ascending.add(after);
      }
    } while (page.size() == PAGE);
    return ascending.tree();
  }

  private VerifierSet verifiers() {
    Set<WalletAddress> suspended = lapses.suspended();
    return VerifierSet.of(
        offers.ofVerifiers().entrySet().stream()
            .filter(verifier -> !suspended.contains(verifier.getKey()))
            .map(verifier ->
                new VerifierSet.Candidate(
                    verifier.getKey(),
                    stakes.freeStakeOf(verifier.getKey()),
                    profiles(verifier.getValue())))
            .toList(),
        settings.seat());
  }

  private static SortedSet<ProfileClass> profiles(List<Offer> offers) {
    SortedSet<ProfileClass> profiles = new TreeSet<>();
    offers.forEach(offer -> profiles.add(offer.profile()));
    return profiles;
  }

  private EpochClosed closed(SealedEpoch epoch) {
    return new EpochClosed(
        new EventId(ids.next()),
        epoch.at(),
        epoch.number(),
        epoch.root(),
        epoch.prevRoot(),
        epoch.count(),
        epoch.totalPrice(),
        epoch.canaryRoot(),
        epoch.verifierSetRoot(),
        epoch.verifierCount(),
        "");
  }
}
