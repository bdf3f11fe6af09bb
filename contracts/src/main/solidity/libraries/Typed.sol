// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    Assignment,
    AuditNotice,
    CanaryLeaf,
    EpochSeal,
    JobSpec,
    ReceiptLeaf,
    ResultAttestation,
    SealLeaf,
    Verdict,
    VerifierEntry
} from "../types/Types.sol";

/// @dev EIP-712 struct hashes of what is signed, and hashes of Merkle leaves. Every struct is static, so
/// `abi.encode(TYPEHASH, struct)` is the encoding that EIP-712 asks for.
library Typed {
    bytes32 internal constant RESULT_ATTESTATION = keccak256(
        "ResultAttestation(bytes32 jobId,uint32 attempt,bytes32 assignment,address worker,bytes32 modelDigest,bytes32 profileDigest,bytes32 inputDigest,bytes32 outputCommitment,bytes32 evidenceRoot,bytes32 toleranceDigest,uint16 method,uint64 inputUnits,uint64 outputUnits,uint64 epoch,uint64 issuedAt)"
    );
    bytes32 internal constant JOB_SPEC = keccak256(
        "JobSpec(bytes32 uuid,address requester,bytes32 modelDigest,bytes32 inputDigest,uint16 method,bytes32 thresholdsDigest,uint8 redundancy,uint8 privacyClass,uint64 maxPrice,uint64 deadline)"
    );
    bytes32 internal constant ASSIGNMENT = keccak256(
        "Assignment(bytes32 jobId,uint32 attempt,bytes32 spec,address worker,uint16 method,uint64 price,uint64 bond,uint64 assignedAt,uint64 deadline)"
    );
    bytes32 internal constant VERDICT = keccak256(
        "Verdict(bytes32 attestation,uint64 epoch,uint8 round,uint8 outcome,uint16 method,bytes32 referenceDigest,bytes32 evidenceRoot,address verifier,uint64 issuedAt)"
    );
    bytes32 internal constant EPOCH_SEAL = keccak256(
        "EpochSeal(uint64 epoch,bytes32 root,bytes32 prevRoot,uint32 count,uint64 totalPrice,bytes32 canaryRoot,bytes32 verifierSetRoot,uint32 verifierCount,bytes32 beaconCommitment)"
    );
    bytes32 internal constant AUDIT_NOTICE = keccak256("AuditNotice(uint64 epoch,bytes32 leaf,uint64 issuedAt)");
    bytes32 internal constant CEILING = keccak256("Ceiling(uint32 account,uint64 ceiling,uint256 deadline)");
    bytes32 internal constant SESSION_KEY = keccak256("SessionKey(address owner,address key,uint256 deadline)");
    bytes32 internal constant OUTPUT =
        keccak256("Output(bytes32 jobId,uint32 attempt,address worker,bytes32 salt,bytes32 outputDigest)");

    function hash(ResultAttestation calldata a) internal pure returns (bytes32) {
        return keccak256(abi.encode(RESULT_ATTESTATION, a));
    }

    function hash(JobSpec calldata s) internal pure returns (bytes32) {
        return keccak256(abi.encode(JOB_SPEC, s));
    }

    function hash(Assignment calldata a) internal pure returns (bytes32) {
        return keccak256(abi.encode(ASSIGNMENT, a));
    }

    function hash(Verdict memory v) internal pure returns (bytes32) {
        return keccak256(abi.encode(VERDICT, v));
    }

    function hash(EpochSeal calldata s) internal pure returns (bytes32) {
        return keccak256(abi.encode(EPOCH_SEAL, s));
    }

    function hash(AuditNotice calldata n) internal pure returns (bytes32) {
        return keccak256(abi.encode(AUDIT_NOTICE, n));
    }

    function ceiling(uint32 account, uint64 amount, uint256 deadline) internal pure returns (bytes32) {
        return keccak256(abi.encode(CEILING, account, amount, deadline));
    }

    function sessionKey(address owner, address key, uint256 deadline) internal pure returns (bytes32) {
        return keccak256(abi.encode(SESSION_KEY, owner, key, deadline));
    }

    /// @dev Salted, so that a short answer cannot be guessed from it; names job and worker, so that it cannot be copied.
    function outputCommitment(bytes32 jobId, uint32 attempt, address worker, bytes32 salt, bytes32 outputDigest)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(OUTPUT, jobId, attempt, worker, salt, outputDigest));
    }

    /// @dev What a worker claims, without when and in which epoch: signed twice, it is still one claim.
    function claim(ResultAttestation calldata a) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                a.assignment,
                a.modelDigest,
                a.profileDigest,
                a.inputDigest,
                a.outputCommitment,
                a.evidenceRoot,
                a.toleranceDigest,
                a.method,
                a.inputUnits,
                a.outputUnits
            )
        );
    }

    function leaf(SealLeaf calldata l) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(l))));
    }

    function leaf(CanaryLeaf calldata l) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(l))));
    }

    function leaf(ReceiptLeaf calldata l) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(l))));
    }

    function leaf(VerifierEntry calldata l) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(l))));
    }
}
