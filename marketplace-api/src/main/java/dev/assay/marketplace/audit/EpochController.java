package dev.assay.marketplace.audit;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.assay.marketplace.audit.Seals.ChainDraw;
import dev.assay.marketplace.audit.Seals.ChainSeal;
import dev.assay.marketplace.audit.Seals.SealedEpoch;
import dev.assay.marketplace.platform.Page;
import dev.assay.marketplace.platform.PageSize;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.Refuses;
import dev.assay.protocol.Digest;
import dev.assay.protocol.MerkleProof;
import dev.assay.protocol.SealLeaf;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.VerifierEntry;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /api/epochs}: all that a stranger needs to make each draw of an epoch again, public as
 * soon as the epoch is sealed.
 */
@RestController
class EpochController {
  private final Seals seals;
  private final Checks checks;
  private final Commitments commitments;

  EpochController(Seals seals, Checks checks, Commitments commitments) {
    this.seals = seals;
    this.commitments = commitments;
    this.checks = checks;
  }

  /**
   * @param state {@code closed}; {@code sealed}, when the chain has it; {@code drawn}
   * @param operatorLog how the log of operators ended when the epoch was closed; none for epochs of
   *     before this was sealed
   * @param beaconCommitment opened by {@code preimage}
   * @param blockHash of the block {@code drawBlock}
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record EpochBody(
      long epoch,
      String state,
      Digest root,
      Digest prevRoot,
      long count,
      TokenAmount totalPrice,
      Digest canaryRoot,
      Digest verifierSetRoot,
      long verifierCount,
      Instant closedAt,
      @Nullable OperatorLogBody operatorLog,
      @Nullable Digest beaconCommitment,
      @Nullable Long drawBlock,
      @Nullable Digest sealTransaction,
      @Nullable Digest beacon,
      @Nullable Digest preimage,
      @Nullable Digest blockHash,
      @Nullable Digest drawTransaction) {}

  /**
   * How the log of operators ended, in the seal.
   *
   * @param number of its last row; 0 for none
   * @param hash of that row; zero for none
   * @param proof from the leaf of {@code uint64 number, bytes32 hash} to {@code canaryRoot}
   */
  record OperatorLogBody(long number, Digest hash, MerkleProof proof) {
    static OperatorLogBody of(Commitments.Anchor anchor) {
      return new OperatorLogBody(anchor.head().number(), anchor.head().hash(), anchor.proof());
    }
  }

  /**
   * @param hash of {@code leaf}, in the tree and in the draw
   * @param audited whether it was drawn here; null while it is not decided
   * @param check how its check ended; null while it has not
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record LeafBody(Digest hash, SealLeaf leaf, @Nullable Boolean audited, @Nullable String check) {}

  /** An epoch that is closed, with what the chain says of it. */
  @Refuses(ProblemType.NOT_FOUND)
  @GetMapping("/api/epochs/{number}")
  EpochBody epoch(@PathVariable String number) {
    SealedEpoch epoch = find(number);
    Optional<ChainSeal> seal = seals.chainSeal(epoch.number());
    Optional<ChainDraw> draw = seals.chainDraw(epoch.number());
    return new EpochBody(
        epoch.number(),
        draw.isPresent() ? "drawn" : seal.isPresent() ? "sealed" : "closed",
        epoch.root(),
        epoch.prevRoot(),
        epoch.count(),
        epoch.totalPrice(),
        epoch.canaryRoot(),
        epoch.verifierSetRoot(),
        epoch.verifierCount(),
        epoch.at(),
        commitments.anchor(epoch.number()).map(OperatorLogBody::of).orElse(null),
        seal.map(ChainSeal::beaconCommitment).orElse(null),
        seal.map(ChainSeal::drawBlock).orElse(null),
        seal.map(ChainSeal::transaction).orElse(null),
        draw.map(it -> it.beacon().value()).orElse(null),
        draw.map(ChainDraw::preimage).orElse(null),
        draw.map(ChainDraw::blockHash).orElse(null),
        draw.map(ChainDraw::transaction).orElse(null));
  }

  /**
   * The leaves of an epoch, in the order of their hashes.
   *
   * @param after the hash of the last leaf of the page before
   */
  @Refuses(ProblemType.NOT_FOUND)
  @GetMapping("/api/epochs/{number}/leaves")
  Page<LeafBody> leaves(
      @PathVariable String number,
      @RequestParam(required = false) @Nullable String after,
      @RequestParam(defaultValue = PageSize.DEFAULT) PageSize limit) {
    return Page.of(
        checks.leaves(
            find(number).number(), after == null ? Digest.ZERO : hash(after), limit.andOneMore()),
        limit);
  }

  /**
   * Who may be drawn to check the results of an epoch, in the order of the sealed set.
   *
   * @param from the index of the first entry of the page
   */
  @Refuses(ProblemType.NOT_FOUND)
  @GetMapping("/api/epochs/{number}/verifiers")
  Page<VerifierEntry> verifiers(
      @PathVariable String number,
      @RequestParam(defaultValue = "0") String from,
      @RequestParam(defaultValue = PageSize.DEFAULT) PageSize limit) {
    if (!from.matches("0|[1-9][0-9]{0,9}")) {
      throw new Problem(ProblemType.INVALID_PARAMETER, "from is the index of an entry.");
    }
    return Page.of(
        seals.verifiers(find(number).verifierSetRoot(), Long.parseLong(from), limit.andOneMore()),
        limit);
  }

  private SealedEpoch find(String number) {
    return Optional.of(number)
        .filter(text -> text.matches("[1-9][0-9]{0,14}"))
        .flatMap(text -> seals.find(Long.parseLong(text)))
        .orElseThrow(
            () -> new Problem(ProblemType.NOT_FOUND, "There is no closed epoch of this number."));
  }

  private static Digest hash(String text) {
    try {
      return Digest.parse(text);
    } catch (IllegalArgumentException e) {
      throw new Problem(ProblemType.INVALID_PARAMETER, "after is the hash of a leaf.");
    }
  }
}
