// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// What the parties sign. The field order is the EIP-712 order; `libraries/Typed.sol` holds the type strings, and the
// golden vectors in src/test/resources/vectors fix the digests for Solidity, Java and JavaScript.

/// @dev A worker's signed, stake-backed claim about a result; its commitment, given before it can know of a check.
struct ResultAttestation {
    bytes32 jobId; // keccak256(abi.encode(requester, bytes16 uuid)): nobody can squat on another's id
    uint32 attempt; // fencing token of the lease: a re-assigned job is a new attempt
    bytes32 assignment; // digest of the operator's Assignment: price, bond, deadline
    address worker; // the staked identity, not the session key
    bytes32 modelDigest;
    bytes32 profileDigest; // class of runtime, precision and batch policy
    bytes32 inputDigest;
    bytes32 outputCommitment; // keccak256(abi.encode(TYPEHASH, jobId, attempt, worker, salt, outputDigest))
    bytes32 evidenceRoot;
    bytes32 toleranceDigest; // of the lattice method, else zero
    uint16 method;
    uint64 inputUnits;
    uint64 outputUnits;
    uint64 epoch; // in whose seal this attestation belongs
    uint64 issuedAt; // seconds, the worker's clock; no rule depends on it
}

/// @dev What a requester asked for. Method and thresholds are inside, so nobody changes the rule after the result.
struct JobSpec {
    bytes32 uuid; // 16 bytes, left-aligned; who sees the digest only cannot guess it
    address requester;
    bytes32 modelDigest;
    bytes32 inputDigest;
    uint16 method;
    bytes32 thresholdsDigest;
    uint8 redundancy;
    uint8 privacyClass;
    uint64 maxPrice; // atomic units
    uint64 deadline; // seconds
}

/// @dev The operator's promise to a worker, before the work.
struct Assignment {
    bytes32 jobId;
    uint32 attempt;
    bytes32 spec; // digest of the JobSpec
    address worker;
    uint16 method;
    uint64 price; // atomic units
    uint64 bond; // at risk for this job, atomic units
    uint64 assignedAt;
    uint64 deadline;
}

/// @dev One verifier's finding about one attestation.
struct Verdict {
    bytes32 attestation; // digest of the ResultAttestation
    uint64 epoch;
    uint8 round; // which committee of the draw
    uint8 outcome; // 1 valid, 2 invalid, 3 inconclusive
    uint16 method;
    bytes32 referenceDigest;
    bytes32 evidenceRoot;
    address verifier;
    uint64 issuedAt;
}

/// @dev Fixes the set of results, their audit rates and the beacon before the beacon can be known.
struct EpochSeal {
    uint64 epoch; // 1, 2, 3, …
    bytes32 root; // of SealLeaf
    bytes32 prevRoot;
    uint32 count; // leaves
    uint64 totalPrice; // atomic units
    bytes32 canaryRoot; // of CanaryLeaf, for jobs of later epochs
    bytes32 verifierSetRoot; // of VerifierEntry
    uint32 verifierCount;
    bytes32 beaconCommitment; // keccak256 of the preimage to come
}

/// @dev The operator tells a worker that a result of it is audited and its pay held back.
struct AuditNotice {
    uint64 epoch;
    bytes32 leaf; // hash of the SealLeaf
    uint64 issuedAt;
}

// Leaves of Merkle trees: keccak256(bytes.concat(keccak256(abi.encode(leaf)))), as OpenZeppelin's StandardMerkleTree.

struct SealLeaf {
    bytes32 attestation; // digest of the ResultAttestation
    address worker;
    address requester;
    uint64 price; // atomic units
    uint16 auditRateBps;
}

struct CanaryLeaf {
    bytes32 canaryId;
    bytes32 inputDigest;
    bytes32 modelDigest;
    bytes32 profileDigest;
    bytes32 acceptedHash; // keccak256 of the accepted digests, one after another
    bytes32 salt;
}

/// @dev A seat-holder of the verifier snapshot; one entry for each unit of verifier bond.
struct VerifierEntry {
    uint32 index; // 0 … verifierCount − 1
    address verifier;
    bytes32 profileDigest;
    uint32 rank; // among the entries of this profile
    uint32 ofProfile; // how many entries have it
}

/// @dev One settled job, under the `root` of its batch. The contract never reads it; anyone can check it offline.
struct ReceiptLeaf {
    bytes32 jobId;
    uint32 attempt;
    uint32 requester; // account of Escrow
    uint32 worker; // account of Escrow
    uint64 price; // taken from the requester, atomic units
    uint64 earned; // given to the worker, atomic units
    bytes32 attestation; // digest of the ResultAttestation
}

// Evidence, as functions of the Court take it.

/// @dev One leaf of a sealed epoch with its way to the root.
struct SealedLeaf {
    EpochSeal epochSeal;
    SealLeaf leaf;
    bytes32[] proof;
}

struct SignedAttestation {
    ResultAttestation attestation;
    bytes signature; // of the worker's session key
}

struct Vote {
    VerifierEntry entry;
    bytes32[] proof;
    uint64 issuedAt;
    bytes signature; // of the verifier's session key over the Verdict with its address and this time
}

struct VerdictEvidence {
    SealedLeaf subject;
    SignedAttestation result;
    uint8 round;
    bytes32 referenceDigest;
    bytes32 evidenceRoot;
    Vote[] votes; // ascending by verifier
}

struct CanaryEvidence {
    SealedLeaf subject;
    SignedAttestation result;
    EpochSeal canarySeal; // an earlier epoch than the subject's
    CanaryLeaf canary;
    bytes32[] canaryProof;
    bytes32[] accepted; // digests of every right answer
    bytes32 outputSalt; // opens the attestation's commitment
    bytes32 outputDigest;
}

/// @dev Fixed at deployment. Times in seconds, amounts in atomic units, shares in basis points.
struct Policy {
    uint40 maxAge; // of sealed evidence
    uint40 window; // to appeal, and to name the harmed requester of a contradiction
    uint40 ruling; // to rule on an appeal
    uint32 drawDelay; // blocks from a seal to the block whose hash the beacon takes
    uint32 revealWindow; // blocks in which the operator must then reveal its preimage
    uint16 penaltyBps; // of the bond, for each judged case
    uint16 compensationBps; // of the job's price, to whom the offence harmed
    uint64 minPenalty; // keeps its teeth when the bond has shrunk
    uint64 appealFee; // frozen with an appeal; lost with it
    uint64 verifierFee; // to each verifier whose vote carried a case
    uint64 verifierBond; // active stake without which a vote does not count
}
