package dev.assay.protocol.chain;

import static dev.assay.protocol.chain.Abi.digests;
import static dev.assay.protocol.chain.Abi.of;

import dev.assay.protocol.AuditNotice;
import dev.assay.protocol.Bytes;
import dev.assay.protocol.CanaryEvidence;
import dev.assay.protocol.CanaryLeaf;
import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.SealLeaf;
import dev.assay.protocol.SealedLeaf;
import dev.assay.protocol.Signature;
import dev.assay.protocol.SignedAttestation;
import dev.assay.protocol.Verdict;
import dev.assay.protocol.VerdictEvidence;
import dev.assay.protocol.VerifierEntry;
import dev.assay.protocol.Vote;
import org.web3j.abi.datatypes.DynamicArray;
import org.web3j.abi.datatypes.DynamicStruct;
import org.web3j.abi.datatypes.StaticStruct;
import org.web3j.abi.datatypes.Type;

/** The structs of {@code types/Types.sol}: their types for selectors, their values for calls. */
final class Tuples {
  static final String SEAL =
      "(uint64,bytes32,bytes32,uint32,uint64,bytes32,bytes32,uint32,bytes32)";
  static final String SEAL_LEAF = "(bytes32,address,address,uint64,uint16)";
  static final String SEALED_LEAF = "(" + SEAL + "," + SEAL_LEAF + ",bytes32[])";
  static final String ATTESTATION =
      "(bytes32,uint32,bytes32,address,bytes32,bytes32,bytes32,bytes32,bytes32,bytes32,"
          + "uint16,uint64,uint64,uint64,uint64)";
  static final String SIGNED_ATTESTATION = "(" + ATTESTATION + ",bytes)";
  static final String VERDICT =
      "(bytes32,uint64,uint8,uint8,uint16,bytes32,bytes32,address,uint64)";
  static final String NOTICE = "(uint64,bytes32,uint64)";
  static final String CANARY = "(bytes32,bytes32,bytes32,bytes32,bytes32,bytes32)";
  static final String VERIFIER_ENTRY = "(uint32,address,bytes32,uint32,uint32)";
  static final String VOTE = "(" + VERIFIER_ENTRY + ",bytes32[],uint64,bytes)";
  static final String VERDICT_EVIDENCE =
      "(" + SEALED_LEAF + "," + SIGNED_ATTESTATION + ",uint8,bytes32,bytes32," + VOTE + "[])";
  static final String CANARY_EVIDENCE =
      "("
          + SEALED_LEAF
          + ","
          + SIGNED_ATTESTATION
          + ","
          + SEAL
          + ","
          + CANARY
          + ",bytes32[],bytes32[],bytes32,bytes32)";

  private Tuples() {}

  static Type<?> seal(EpochSeal seal) {
    return new StaticStruct(
        of(seal.epoch()),
        of(seal.root()),
        of(seal.prevRoot()),
        of(seal.count()),
        of(seal.totalPrice()),
        of(seal.canaryRoot()),
        of(seal.verifierSetRoot()),
        of(seal.verifierCount()),
        of(seal.beaconCommitment()));
  }

  static Type<?> sealedLeaf(SealedLeaf subject) {
    return new DynamicStruct(
        seal(subject.epochSeal()), leaf(subject.leaf()), digests(subject.proof().siblings()));
  }

  private static Type<?> leaf(SealLeaf leaf) {
    return new StaticStruct(
        of(leaf.attestation()),
        of(leaf.worker()),
        of(leaf.requester()),
        of(leaf.price()),
        of(leaf.auditRateBps().value()));
  }

  static Type<?> attestation(ResultAttestation attestation) {
    return new StaticStruct(
        of(attestation.jobId()),
        of(attestation.attempt()),
        of(attestation.assignment()),
        of(attestation.worker()),
        of(attestation.modelDigest()),
        of(attestation.profileDigest()),
        of(attestation.inputDigest()),
        of(attestation.outputCommitment()),
        of(attestation.evidenceRoot()),
        of(attestation.toleranceDigest()),
        of(attestation.method()),
        of(attestation.inputUnits()),
        of(attestation.outputUnits()),
        of(attestation.epoch()),
        of(attestation.issuedAt()));
  }

  static Type<?> signed(SignedAttestation result) {
    return new DynamicStruct(attestation(result.attestation()), signature(result.signature()));
  }

  static Type<?> verdict(Verdict verdict) {
    return new StaticStruct(
        of(verdict.attestation()),
        of(verdict.epoch()),
        of(verdict.round()),
        of(verdict.outcome().number()),
        of(verdict.method()),
        of(verdict.referenceDigest()),
        of(verdict.evidenceRoot()),
        of(verdict.verifier()),
        of(verdict.issuedAt()));
  }

  static Type<?> notice(AuditNotice notice) {
    return new StaticStruct(of(notice.epoch()), of(notice.leaf()), of(notice.issuedAt()));
  }

  static Type<?> verdictEvidence(VerdictEvidence evidence) {
    return new DynamicStruct(
        sealedLeaf(evidence.subject()),
        signed(evidence.result()),
        of(evidence.round()),
        of(evidence.referenceDigest()),
        of(evidence.evidenceRoot()),
        new DynamicArray<>(
            DynamicStruct.class, evidence.votes().stream().map(Tuples::vote).toList()));
  }

  private static DynamicStruct vote(Vote vote) {
    VerifierEntry entry = vote.entry();
    return new DynamicStruct(
        new StaticStruct(
            of(entry.index()),
            of(entry.verifier()),
            of(entry.profileDigest()),
            of(entry.rank()),
            of(entry.ofProfile())),
        digests(vote.proof().siblings()),
        of(vote.issuedAt()),
        signature(vote.signature()));
  }

  static Type<?> canaryEvidence(CanaryEvidence evidence) {
    return new DynamicStruct(
        sealedLeaf(evidence.subject()),
        signed(evidence.result()),
        seal(evidence.canarySeal()),
        canary(evidence.canary()),
        digests(evidence.canaryProof().siblings()),
        digests(evidence.accepted()),
        of(evidence.outputSalt()),
        of(evidence.outputDigest()));
  }

  private static Type<?> canary(CanaryLeaf canary) {
    return new StaticStruct(
        of(canary.canaryId()),
        of(canary.inputDigest()),
        of(canary.modelDigest()),
        of(canary.profileDigest()),
        of(canary.acceptedHash()),
        of(canary.salt()));
  }

  static Type<?> policy(Policy policy) {
    return new StaticStruct(policy.numbers().stream().<Type<?>>map(Abi::of).toArray(Type[]::new));
  }

  static Type<?> signature(Signature signature) {
    return of(Bytes.of(signature.toBytes()));
  }
}
