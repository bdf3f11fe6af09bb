package dev.assay.marketplace.audit;

import dev.assay.marketplace.audit.Canaries.Canary;
import dev.assay.protocol.CanaryLeaf;
import dev.assay.protocol.Digest;
import dev.assay.protocol.MerkleProof;
import dev.assay.protocol.MerkleTree;
import dev.assay.protocol.OperatorLogLeaf;
import dev.assay.protocol.admin.AnchoredHead;
import dev.assay.protocol.admin.LogHead;
import java.io.ByteArrayOutputStream;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/**
 * What the canary root of an epoch commits to: known answers, of which it tells nothing, and how
 * the log of operators ended. The two share a root because the contract has no other field to
 * spare, and a leaf of one can never pass for one of the other.
 */
@Repository
public class Commitments {
  /** Canaries of one epoch; the others wait for the next. */
  private static final int CANARIES = 1_000;

  private final Canaries canaries;
  private final OperatorLog log;
  private final JdbcClient jdbc;

  Commitments(Canaries canaries, OperatorLog log, JdbcClient jdbc) {
    this.canaries = canaries;
    this.log = log;
    this.jdbc = jdbc;
  }

  /** What is to be committed to. */
  record Prepared(List<Canary> canaries, LogHead head, MerkleTree tree) {
    Digest root() {
      return tree.root();
    }
  }

  /**
   * The end of the log in an epoch's seal.
   *
   * @param proof leads to the canary root
   */
  record Anchor(LogHead head, MerkleProof proof) {}

  Prepared prepare() {
    List<Canary> known = canaries.uncommitted(CANARIES);
    LogHead head = log.head();
    List<Digest> leaves = leaves(known);
    leaves.add(leaf(head));
    return new Prepared(known, head, MerkleTree.of(leaves));
  }

  /** Within the transaction that fixes the epoch. */
  void keep(long epoch, Prepared prepared) {
    canaries.commit(epoch, prepared.canaries());
    var proof = new ByteArrayOutputStream();
    prepared
        .tree()
        .proof(leaf(prepared.head()))
        .siblings()
        .forEach(sibling -> proof.writeBytes(sibling.toBytes()));
    jdbc.sql(
            """
            insert into anchored_head (epoch, number, hash, proof) values (:epoch, :number, :hash, :proof)\
            """)
        .param("epoch", epoch)
        .param("number", prepared.head().number())
        .param("hash", prepared.head().hash().toBytes())
        .param("proof", proof.toByteArray())
        .update();
  }

  /** The way from a canary to the root of the epoch that committed to it. */
  MerkleProof proof(long epoch, CanaryLeaf canary) {
    List<Digest> leaves = leaves(canaries.committedIn(epoch));
    anchor(epoch).ifPresent(anchor -> leaves.add(leaf(anchor.head())));
    return MerkleTree.of(leaves).proof(canary.hash());
  }

  private List<Digest> leaves(List<Canary> committed) {
    List<Digest> leaves = new ArrayList<>();
    committed.forEach(canary -> leaves.add(canary.leaf(canaries.accepted(canary.id())).hash()));
    return leaves;
  }

  private static Digest leaf(LogHead head) {
    return new OperatorLogLeaf(head.number(), head.hash()).hash();
  }

  /** Nothing for epochs of before logs were sealed. */
  Optional<Anchor> anchor(long epoch) {
    return jdbc.sql("select * from anchored_head where epoch = :epoch")
        .param("epoch", epoch)
        .query((row, _) -> new Anchor(head(row), proof(row)))
        .optional();
  }

  /** A page of the ends with which epochs were sealed, in the order of the epochs. */
  public List<AnchoredHead> anchored(long afterEpoch, int limit) {
    return jdbc.sql(
            """
            select a.hash, a.proof, a.number as rows, s.*, c.beacon_commitment
              from anchored_head a join sealed_epoch s on s.number = a.epoch
              left join chain_seal c on c.epoch = a.epoch
             where a.epoch > :after order by a.epoch limit :limit\
            """)
        .param("after", afterEpoch)
        .param("limit", limit)
        .query((row, _) -> {
          byte[] commitment = row.getBytes("beacon_commitment");
          return new AnchoredHead(
              Seals.readEpoch(row).with(commitment == null ? Digest.ZERO : Digest.of(commitment)),
              new LogHead(row.getLong("rows"), Digest.of(row.getBytes("hash"))),
              proof(row));
        })
        .list();
  }

  private static LogHead head(ResultSet row) throws SQLException {
    return new LogHead(row.getLong("number"), Digest.of(row.getBytes("hash")));
  }

  private static MerkleProof proof(ResultSet row) throws SQLException {
    byte[] bytes = row.getBytes("proof");
    List<Digest> siblings = new ArrayList<>();
    for (int from = 0; from < bytes.length; from += Digest.SIZE) {
      siblings.add(Digest.of(Arrays.copyOfRange(bytes, from, from + Digest.SIZE)));
    }
    return new MerkleProof(siblings);
  }
}
