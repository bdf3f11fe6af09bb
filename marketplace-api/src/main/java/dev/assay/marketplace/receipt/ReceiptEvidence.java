package dev.assay.marketplace.receipt;

import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.protocol.AccountId;
import dev.assay.protocol.Digest;
import dev.assay.protocol.MerkleProof;
import dev.assay.protocol.ReceiptLeaf;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.VerdictEvidence;
import dev.assay.protocol.event.JobSettled;
import dev.assay.protocol.receipt.ReceiptChain.Reference;
import dev.assay.protocol.receipt.ReceiptSettlement;
import java.nio.ByteBuffer;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import tools.jackson.databind.json.JsonMapper;

/** Settlement proofs and verdicts as rows, by the signed names of their jobs. */
@Repository
class ReceiptEvidence {
  private final JdbcClient jdbc;
  private final JsonMapper json;

  ReceiptEvidence(JdbcClient jdbc, JsonMapper json) {
    this.jdbc = jdbc;
    this.json = json;
  }

  /** A payment and the transaction that made it. */
  record Paid(ReceiptSettlement settlement, Reference transaction) {}

  /** Kept once; what comes again changes nothing. */
  void keep(List<JobSettled> settled) {
    jdbc.sql(
            """
            insert into settlement_proof (signed_job, attempt, requester_account, worker_account, price, earned,
                                          attestation, root, proof, transaction, block_number)
            select * from unnest(:jobs, :attempts::bigint[], :requesters::bigint[], :workers::bigint[],
                                 :prices::numeric[], :earned::numeric[], :attestations, :roots, :proofs,
                                 :transactions, :blocks::bigint[])
            on conflict do nothing
            """)
        .param("jobs", SqlArrays.digests(settled, it -> it.leaf().jobId()))
        .param("attempts", SqlArrays.texts(settled, it -> it.leaf().attempt()))
        .param("requesters", SqlArrays.texts(settled, it -> it.leaf().requester()))
        .param("workers", SqlArrays.texts(settled, it -> it.leaf().worker()))
        .param("prices", SqlArrays.texts(settled, it -> it.leaf().price()))
        .param("earned", SqlArrays.texts(settled, it -> it.leaf().earned()))
        .param("attestations", SqlArrays.digests(settled, it -> it.leaf().attestation()))
        .param("roots", SqlArrays.digests(settled, JobSettled::root))
        .param("proofs", SqlArrays.bytes(settled, it -> packed(it.proof())))
        .param("transactions", SqlArrays.digests(settled, JobSettled::transaction))
        .param("blocks", SqlArrays.texts(settled, JobSettled::blockNumber))
        .update();
  }

  Optional<Paid> payment(Digest signedJob) {
    return jdbc.sql("select * from settlement_proof where signed_job = :job")
        .param("job", signedJob.toBytes())
        .query((row, _) -> read(signedJob, row))
        .optional();
  }

  /** Within the caller's transaction; kept once. */
  void keep(VerdictEvidence evidence) {
    jdbc.sql(
            """
            insert into verdict_evidence (signed_job, body) values (:job, :body) on conflict do nothing
            """)
        .param("job", evidence.result().attestation().jobId().toBytes())
        .param("body", json.writeValueAsString(evidence))
        .update();
  }

  Optional<VerdictEvidence> verdict(Digest signedJob) {
    return jdbc.sql("select body from verdict_evidence where signed_job = :job")
        .param("job", signedJob.toBytes())
        .query((row, _) -> json.readValue(row.getString("body"), VerdictEvidence.class))
        .optional();
  }

  private static Paid read(Digest signedJob, ResultSet row) throws SQLException {
    var leaf =
        new ReceiptLeaf(
            signedJob,
            row.getLong("attempt"),
            new AccountId(row.getLong("requester_account")),
            new AccountId(row.getLong("worker_account")),
            TokenAmount.parse(row.getString("price")),
            TokenAmount.parse(row.getString("earned")),
            Digest.of(row.getBytes("attestation")));
    return new Paid(
        new ReceiptSettlement(
            Digest.of(row.getBytes("root")), leaf, unpacked(row.getBytes("proof"))),
        new Reference(Digest.of(row.getBytes("transaction")), row.getLong("block_number")));
  }

  private static byte[] packed(MerkleProof proof) {
    var bytes = ByteBuffer.allocate(proof.siblings().size() * Digest.SIZE);
    proof.siblings().forEach(sibling -> bytes.put(sibling.toBytes()));
    return bytes.array();
  }

  private static MerkleProof unpacked(byte[] packed) {
    var bytes = ByteBuffer.wrap(packed);
    List<Digest> siblings = new ArrayList<>();
    while (bytes.hasRemaining()) {
      byte[] sibling = new byte[Digest.SIZE];
      bytes.get(sibling);
      siblings.add(Digest.of(sibling));
    }
    return new MerkleProof(siblings);
  }
}
