package dev.assay.marketplace.audit;

import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.Beacon;
import dev.assay.protocol.Digest;
import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.JobId;
import dev.assay.protocol.MerkleProof;
import dev.assay.protocol.MerkleTree;
import dev.assay.protocol.SealLeaf;
import dev.assay.protocol.SealedLeaf;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.VerifierEntry;
import dev.assay.protocol.WalletAddress;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/**
 * Sealed epochs as rows: leaves, trees, verifier sets, and what the chain said of them. Nothing is
 * ever held whole in memory, however large an epoch is.
 */
@Repository
class Seals {
  /** Nodes of a tree that are kept together. */
  static final int PART = 1_024;

  private final JdbcClient jdbc;

  Seals(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** What is fixed of an epoch. Its beacon's commitment is settlement's to add. */
  record SealedEpoch(
      long number,
      Digest root,
      Digest prevRoot,
      long count,
      TokenAmount totalPrice,
      Digest canaryRoot,
      Digest verifierSetRoot,
      long verifierCount,
      Instant at) {

    EpochSeal with(Digest beaconCommitment) {
      return new EpochSeal(
          number,
          root,
          prevRoot,
          count,
          totalPrice,
          canaryRoot,
          verifierSetRoot,
          verifierCount,
          beaconCommitment);
    }
  }

  /** A leaf and whose it is. */
  record LeafRow(SealLeaf leaf, JobId job, int attempt) {}

  /**
   * A leaf that is to be sealed.
   *
   * @param passes k of its worker
   */
  record NewLeaf(LeafRow row, int passes) {}

  /** What the chain says of a seal. */
  record ChainSeal(
      long epoch,
      Digest beaconCommitment,
      long drawBlock,
      Digest transaction,
      long blockNumber,
      Instant at) {}

  /** What the chain says of a draw. */
  record ChainDraw(
      long epoch,
      Beacon beacon,
      Digest preimage,
      Digest blockHash,
      Digest transaction,
      long blockNumber,
      Instant at) {}

  /**
   * How far the leaves of a drawn epoch have been looked at.
   *
   * @param ranked so many, in their order
   * @param upto the last of them; zero for none
   */
  record Progress(long epoch, long ranked, Digest upto) {}

  Optional<SealedEpoch> last() {
    return jdbc.sql("select * from sealed_epoch order by number desc limit 1")
        .query((row, _) -> readEpoch(row))
        .optional();
  }

  Optional<SealedEpoch> find(long number) {
    return jdbc.sql("select * from sealed_epoch where number = :number")
        .param("number", number)
        .query((row, _) -> readEpoch(row))
        .optional();
  }

  /** Sealed here and not by the chain, in order. */
  List<SealedEpoch> withoutChainSeal(int most) {
    return jdbc.sql(
            """
            select s.* from sealed_epoch s left join chain_seal c on c.epoch = s.number
            where c.epoch is null order by s.number limit :most
            """)
        .param("most", most)
        .query((row, _) -> readEpoch(row))
        .list();
  }

  /** Closed ones, at most {@code most}, whose leaves are not all decided about. */
  int undrawn(int most) {
    return jdbc.sql(
            """
            select count(*) from (
              select from epoch e left join chain_draw d on d.epoch = e.number
              left join withheld_epoch w on w.epoch = e.number
              where e.closed_at is not null and not coalesce(d.finished, false) and w.epoch is null
              order by e.number desc limit :most) page
            """)
        .param("most", most)
        .query(Integer.class)
        .single();
  }

  /** Within the caller's transaction; what is there already stays as it is. */
  void addLeaves(long epoch, List<NewLeaf> leaves) {
    List<LeafRow> rows = leaves.stream().map(NewLeaf::row).toList();
    jdbc.sql(
            """
            insert into sealed_leaf (epoch, leaf, attestation, worker, requester, price, audit_rate, job, attempt,
                                     passes)
            select :epoch, l.* from unnest(:leaves, :attestations, :workers, :requesters, :prices::numeric[],
                                           :rates::int[], :jobs::uuid[], :attempts::int[], :passes::int[]) as l
            on conflict (job, attempt) do nothing
            """)
        .param("epoch", epoch)
        .param("leaves", SqlArrays.digests(rows, row -> row.leaf().hash()))
        .param("attestations", SqlArrays.digests(rows, row -> row.leaf().attestation()))
        .param("workers", SqlArrays.texts(rows, row -> row.leaf().worker()))
        .param("requesters", SqlArrays.texts(rows, row -> row.leaf().requester()))
        .param("prices", SqlArrays.texts(rows, row -> row.leaf().price()))
        .param("rates", SqlArrays.texts(rows, row -> row.leaf().auditRateBps().value()))
        .param("jobs", SqlArrays.texts(rows, row -> row.job().uuid()))
        .param("attempts", SqlArrays.texts(rows, LeafRow::attempt))
        .param("passes", SqlArrays.texts(leaves, NewLeaf::passes))
        .update();
  }

  /** A page of an epoch's leaves, in the order of their hashes. */
  List<LeafRow> leaves(long epoch, Digest after, int limit) {
    return jdbc.sql(
            """
            select * from sealed_leaf where epoch = :epoch and leaf > :after order by leaf limit :limit
            """)
        .param("epoch", epoch)
        .param("after", after.toBytes())
        .param("limit", limit)
        .query((row, _) -> readLeaf(row))
        .list();
  }

  /** A leaf and the epoch in which it is sealed. */
  record Found(long epoch, LeafRow row) {}

  Optional<Found> leafOf(JobId job) {
    return jdbc.sql("select * from sealed_leaf where job = :job order by attempt desc limit 1")
        .param("job", job.uuid())
        .query((row, _) -> new Found(row.getLong("epoch"), readLeaf(row)))
        .optional();
  }

  /**
   * A job's result with its way to the root, if the chain has sealed it: else no Court takes it.
   */
  Optional<SealedLeaf> onChain(JobId job) {
    Optional<Found> found = leafOf(job);
    Optional<SealedEpoch> epoch = found.flatMap(leaf -> find(leaf.epoch()));
    Optional<ChainSeal> seal = found.flatMap(leaf -> chainSeal(leaf.epoch()));
    if (found.isEmpty() || epoch.isEmpty() || seal.isEmpty()) {
      return Optional.empty();
    }
    SealLeaf leaf = found.get().row().leaf();
    long number = epoch.get().number();
    long rank = rank(number, leaf.hash());
    MerkleProof proof =
        Objects.requireNonNull(proofs(number, List.of(rank), epoch.get().count()).get(rank));
    return Optional.of(
        new SealedLeaf(epoch.get().with(seal.get().beaconCommitment()), leaf, proof));
  }

  /** How many, and what they cost in sum. */
  record Sum(long count, TokenAmount price) {}

  Sum sum(long epoch) {
    return jdbc.sql(
            "select count(*) as count, coalesce(sum(price), 0) as price from sealed_leaf where"
                + " epoch = :epoch")
        .param("epoch", epoch)
        .query((row, _) -> new Sum(row.getLong("count"), TokenAmount.parse(row.getString("price"))))
        .single();
  }

  /** Within the caller's transaction. */
  void keepTree(long epoch, MerkleTree tree) {
    int nodes = 2 * tree.size() - 1;
    for (int from = 0; from < nodes; from += PART) {
      jdbc.sql(
              """
              insert into sealed_tree (epoch, part, nodes) values (:epoch, :part, :nodes)
              on conflict do nothing
              """)
          .param("epoch", epoch)
          .param("part", from / PART)
          .param("nodes", tree.nodes(from, PART))
          .update();
    }
  }

  /**
   * The way to the root of each of some leaves.
   *
   * @param ranks of the leaves in ascending order, from 0
   * @param count of the epoch's leaves
   */
  Map<Long, MerkleProof> proofs(long epoch, Collection<Long> ranks, long count) {
    Map<Long, List<Integer>> paths = new HashMap<>();
    for (long rank : ranks) {
      paths.put(rank, MerkleTree.siblings(Math.toIntExact(rank), Math.toIntExact(count)));
    }
    List<Integer> wanted =
        paths.values().stream().flatMap(List::stream).distinct().sorted().toList();
    Map<Integer, Digest> nodes = nodes(epoch, wanted);
    return paths.entrySet().stream()
        .collect(
            Collectors.toMap(
                Map.Entry::getKey,
                path -> new MerkleProof(path.getValue().stream().map(nodes::get).toList())));
  }

  private Map<Integer, Digest> nodes(long epoch, List<Integer> indexes) {
    Map<Integer, Digest> nodes = new HashMap<>();
    jdbc.sql(
            """
            select i.index, substring(t.nodes from (i.index % :part) * 32 + 1 for 32) as node
            from unnest(:indexes::int[]) as i (index) join sealed_tree t on t.epoch = :epoch and t.part = i.index / :part
            """)
        .param("epoch", epoch)
        .param("part", PART)
        .param("indexes", SqlArrays.texts(indexes, index -> index))
        .query(row -> {
          nodes.put(row.getInt("index"), Digest.of(row.getBytes("node")));
        });
    return nodes;
  }

  /** Of a leaf among all of its epoch, in ascending order. */
  long rank(long epoch, Digest leaf) {
    return jdbc.sql("select count(*) from sealed_leaf where epoch = :epoch and leaf < :leaf")
        .param("epoch", epoch)
        .param("leaf", leaf.toBytes())
        .query(Long.class)
        .single();
  }

  /** Within the caller's transaction; a set that is there already is the same. */
  void keepVerifiers(Digest root, List<VerifierEntry> entries) {
    for (int from = 0; from < entries.size(); from += PART) {
      List<VerifierEntry> some = entries.subList(from, Math.min(from + PART, entries.size()));
      jdbc.sql(
              """
              insert into verifier_entry (root, index, verifier, profile, rank, of_profile)
              select :root, e.* from unnest(:indexes::bigint[], :verifiers, :profiles, :ranks::bigint[],
                                            :ofProfile::bigint[]) as e
              on conflict do nothing
              """)
          .param("root", root.toBytes())
          .param("indexes", SqlArrays.texts(some, VerifierEntry::index))
          .param("verifiers", SqlArrays.texts(some, VerifierEntry::verifier))
          .param("profiles", SqlArrays.digests(some, VerifierEntry::profileDigest))
          .param("ranks", SqlArrays.texts(some, VerifierEntry::rank))
          .param("ofProfile", SqlArrays.texts(some, VerifierEntry::ofProfile))
          .update();
    }
  }

  /**
   * A page of a verifier set, by index.
   *
   * @param from the first index
   */
  List<VerifierEntry> verifiers(Digest root, long from, int limit) {
    return jdbc.sql(
            """
            select * from verifier_entry where root = :root and index >= :from order by index limit :limit
            """)
        .param("root", root.toBytes())
        .param("from", from)
        .param("limit", limit)
        .query((row, _) -> readEntry(row))
        .list();
  }

  /**
   * @return whether this call fixed the epoch
   */
  boolean seal(SealedEpoch epoch) {
    return jdbc.sql(
                """
                insert into sealed_epoch (number, root, prev_root, count, total_price, canary_root, verifier_set_root,
                                          verifier_count, at)
                values (:number, :root, :prevRoot, :count, :totalPrice::numeric, :canaryRoot, :verifierSetRoot,
                        :verifierCount, :at)
                on conflict do nothing
                """)
            .param("number", epoch.number())
            .param("root", epoch.root().toBytes())
            .param("prevRoot", epoch.prevRoot().toBytes())
            .param("count", epoch.count())
            .param("totalPrice", epoch.totalPrice().toString())
            .param("canaryRoot", epoch.canaryRoot().toBytes())
            .param("verifierSetRoot", epoch.verifierSetRoot().toBytes())
            .param("verifierCount", epoch.verifierCount())
            .param("at", utc(epoch.at()))
            .update()
        == 1;
  }

  /** Kept once; what comes again changes nothing. */
  void keep(ChainSeal seal) {
    jdbc.sql(
            """
            insert into chain_seal (epoch, beacon_commitment, draw_block, transaction, block_number, at)
            values (:epoch, :commitment, :drawBlock, :transaction, :block, :at) on conflict do nothing
            """)
        .param("epoch", seal.epoch())
        .param("commitment", seal.beaconCommitment().toBytes())
        .param("drawBlock", seal.drawBlock())
        .param("transaction", seal.transaction().toBytes())
        .param("block", seal.blockNumber())
        .param("at", utc(seal.at()))
        .update();
  }

  /** Kept once; what comes again changes nothing. */
  void keep(ChainDraw draw) {
    jdbc.sql(
            """
            insert into chain_draw (epoch, beacon, preimage, block_hash, transaction, block_number, at)
            values (:epoch, :beacon, :preimage, :blockHash, :transaction, :block, :at) on conflict do nothing
            """)
        .param("epoch", draw.epoch())
        .param("beacon", draw.beacon().value().toBytes())
        .param("preimage", draw.preimage().toBytes())
        .param("blockHash", draw.blockHash().toBytes())
        .param("transaction", draw.transaction().toBytes())
        .param("block", draw.blockNumber())
        .param("at", utc(draw.at()))
        .update();
  }

  Optional<ChainSeal> chainSeal(long epoch) {
    return jdbc.sql("select * from chain_seal where epoch = :epoch")
        .param("epoch", epoch)
        .query((row, _) -> readSeal(row))
        .optional();
  }

  Optional<ChainDraw> chainDraw(long epoch) {
    return jdbc.sql("select * from chain_draw where epoch = :epoch")
        .param("epoch", epoch)
        .query((row, _) -> readDraw(row))
        .optional();
  }

  /** Sealed on chain and not drawn, oldest first. */
  List<ChainSeal> awaitingDraw(int most) {
    return jdbc.sql(
            """
            select s.* from chain_seal s left join chain_draw d on d.epoch = s.epoch
            left join withheld_epoch w on w.epoch = s.epoch
            where d.epoch is null and w.epoch is null order by s.epoch limit :most
            """)
        .param("most", most)
        .query((row, _) -> readSeal(row))
        .list();
  }

  /** Drawn epochs of which both facts are here and whose leaves are not all decided about. */
  List<Long> unfinished(int most) {
    return jdbc.sql(
            """
            select d.epoch from chain_draw d join chain_seal s on s.epoch = d.epoch
            where not d.finished order by d.epoch limit :most
            """)
        .param("most", most)
        .query((row, _) -> row.getLong("epoch"))
        .list();
  }

  /** Locks it until the end of the caller's transaction; none if it is finished. */
  Optional<Progress> lockProgress(long epoch) {
    return jdbc.sql(
            "select ranked, upto from chain_draw where epoch = :epoch and not finished for update")
        .param("epoch", epoch)
        .query((row, _) -> {
          byte[] upto = row.getBytes("upto");
          return new Progress(
              epoch, row.getLong("ranked"), upto == null ? Digest.ZERO : Digest.of(upto));
        })
        .optional();
  }

  void advance(Progress to, boolean isFinished) {
    jdbc.sql(
            """
            update chain_draw set ranked = :ranked, upto = :upto, finished = :finished where epoch = :epoch
            """)
        .param("ranked", to.ranked())
        .param("upto", to.upto().toBytes())
        .param("finished", isFinished)
        .param("epoch", to.epoch())
        .update();
  }

  static SealedEpoch readEpoch(ResultSet row) throws SQLException {
    return new SealedEpoch(
        row.getLong("number"),
        digest(row, "root"),
        digest(row, "prev_root"),
        row.getLong("count"),
        TokenAmount.parse(row.getString("total_price")),
        digest(row, "canary_root"),
        digest(row, "verifier_set_root"),
        row.getLong("verifier_count"),
        instant(row, "at"));
  }

  static LeafRow readLeaf(ResultSet row) throws SQLException {
    return new LeafRow(
        new SealLeaf(
            digest(row, "attestation"),
            new WalletAddress(row.getString("worker")),
            new WalletAddress(row.getString("requester")),
            TokenAmount.parse(row.getString("price")),
            new BasisPoints(row.getInt("audit_rate"))),
        new JobId(row.getObject("job", UUID.class)),
        row.getInt("attempt"));
  }

  static VerifierEntry readEntry(ResultSet row) throws SQLException {
    return new VerifierEntry(
        row.getLong("index"),
        new WalletAddress(row.getString("verifier")),
        digest(row, "profile"),
        row.getLong("rank"),
        row.getLong("of_profile"));
  }

  private static ChainSeal readSeal(ResultSet row) throws SQLException {
    return new ChainSeal(
        row.getLong("epoch"),
        digest(row, "beacon_commitment"),
        row.getLong("draw_block"),
        digest(row, "transaction"),
        row.getLong("block_number"),
        instant(row, "at"));
  }

  private static ChainDraw readDraw(ResultSet row) throws SQLException {
    return new ChainDraw(
        row.getLong("epoch"),
        new Beacon(digest(row, "beacon")),
        digest(row, "preimage"),
        digest(row, "block_hash"),
        digest(row, "transaction"),
        row.getLong("block_number"),
        instant(row, "at"));
  }

  private static Digest digest(ResultSet row, String column) throws SQLException {
    return Digest.of(row.getBytes(column));
  }

  private static Instant instant(ResultSet row, String column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }

  private static OffsetDateTime utc(Instant at) {
    return at.atOffset(ZoneOffset.UTC);
  }
}
