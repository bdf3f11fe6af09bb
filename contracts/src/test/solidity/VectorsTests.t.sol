// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {ICourt} from "main/interfaces/ICourt.sol";
import {Draw} from "main/libraries/Draw.sol";
import {Entries} from "main/libraries/Entries.sol";
import {Heads} from "main/libraries/Heads.sol";
import {Typed} from "main/libraries/Typed.sol";
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
} from "main/types/Types.sol";
import {Test} from "./support/Test.sol";
import {Trees} from "./support/Trees.sol";
import {vm} from "./support/Vm.sol";

/// @dev The libraries hash what lies in calldata; a call to this contract puts it there.
contract Encoder {
    function jobSpec(JobSpec calldata s) external pure returns (bytes32) {
        return Typed.hash(s);
    }

    function assignment(Assignment calldata a) external pure returns (bytes32) {
        return Typed.hash(a);
    }

    function resultAttestation(ResultAttestation calldata a) external pure returns (bytes32) {
        return Typed.hash(a);
    }

    function epochSeal(EpochSeal calldata s) external pure returns (bytes32) {
        return Typed.hash(s);
    }

    function auditNotice(AuditNotice calldata n) external pure returns (bytes32) {
        return Typed.hash(n);
    }

    function sealLeaf(SealLeaf calldata l) external pure returns (bytes32) {
        return Typed.leaf(l);
    }

    function canaryLeaf(CanaryLeaf calldata l) external pure returns (bytes32) {
        return Typed.leaf(l);
    }

    function receiptLeaf(ReceiptLeaf calldata l) external pure returns (bytes32) {
        return Typed.leaf(l);
    }

    function verifierEntry(VerifierEntry calldata l) external pure returns (bytes32) {
        return Typed.leaf(l);
    }

    function head(bytes32 parent, bytes32 root, bytes calldata debits, bytes calldata credits)
        external
        pure
        returns (bytes32)
    {
        return Heads.next(parent, root, debits, credits);
    }

    function entry(bytes calldata run, uint256 offset) external pure returns (uint32 account, uint64 amount) {
        return Entries.get(run, offset);
    }
}

/// @dev Solidity's reading of the golden vectors; Java and viem read the same files.
contract VectorsTests is Test {
    Encoder private encoder;
    string private json;
    string private row; // path of the present one in `json`

    function setUp() public {
        encoder = new Encoder();
    }

    function test_typed() public {
        string[8] memory types = [
            "Assignment", "AuditNotice", "Ceiling", "EpochSeal", "JobSpec", "ResultAttestation", "SessionKey", "Verdict"
        ];
        uint256[8] memory seen;
        uint256 rows = open("typed");
        for (uint256 i; i < rows; ++i) {
            use(i);
            string memory kind = text(".type");
            bytes32 structHash = hashOf(kind);
            vm.assertEq(structHash, word(".structHash"), name());
            bytes32 digest = MessageHashUtils.toTypedDataHash(domainOf(), structHash);
            vm.assertEq(digest, word(".digest"), name());
            uint256 secret = uint256(word(".privateKey"));
            vm.assertEq(vm.addr(secret), wallet(".signer"));
            bytes memory signature = vm.parseJsonBytes(json, path(".signature"));
            vm.assertEq(keccak256(sign(secret, digest)), keccak256(signature), name());
            vm.assertEq(ECDSA.recover(digest, signature), wallet(".signer"));
            for (uint256 t; t < types.length; ++t) {
                if (same(kind, types[t])) ++seen[t];
            }
        }
        uint256 known;
        for (uint256 t; t < types.length; ++t) {
            vm.assertGe(seen[t], 6, types[t]);
            known += seen[t];
        }
        vm.assertEq(known, rows);
    }

    function test_leaves() public {
        string[4] memory types = ["SealLeaf", "CanaryLeaf", "VerifierEntry", "ReceiptLeaf"];
        uint256[4] memory seen;
        uint256 rows = open("leaves");
        for (uint256 i; i < rows; ++i) {
            use(i);
            string memory kind = text(".type");
            vm.assertEq(leafOf(kind), word(".leaf"), name());
            for (uint256 t; t < types.length; ++t) {
                if (same(kind, types[t])) ++seen[t];
            }
        }
        uint256 known;
        for (uint256 t; t < types.length; ++t) {
            vm.assertGe(seen[t], 6, types[t]);
            known += seen[t];
        }
        vm.assertEq(known, rows);
    }

    function test_trees() public {
        uint256 rows = open("trees");
        uint256 proofs;
        for (uint256 i; i < rows; ++i) {
            use(i);
            bytes32[] memory leaves = vm.parseJsonBytes32Array(json, path(".leaves"));
            bytes32 root = word(".root");
            vm.assertEq(Trees.root(leaves), root, name());
            vm.assertFalse(vm.keyExistsJson(json, path(string.concat(".proofs[", vm.toString(leaves.length), "]"))));
            for (uint256 j; j < leaves.length; ++j) {
                bytes32[] memory proof =
                    vm.parseJsonBytes32Array(json, path(string.concat(".proofs[", vm.toString(j), "]")));
                vm.assertTrue(MerkleProof.verify(proof, root, leaves[j]), name());
                vm.assertEq(keccak256(abi.encode(proof)), keccak256(abi.encode(Trees.proof(leaves, leaves[j]))), name());
                ++proofs;
            }
        }
        vm.assertGe(proofs, 80);
    }

    function test_draw() public {
        uint256 rows = open("draw");
        uint256 drawn;
        for (uint256 i; i < rows; ++i) {
            use(i);
            bytes32 beacon = Draw.beacon(word(".preimage"), word(".blockHash"), word(".root"));
            vm.assertEq(beacon, word(".beacon"), name());
            bool selected = Draw.selected(beacon, u64(".epoch"), word(".leaf"), u16(".auditRateBps"));
            vm.assertTrue(selected == vm.parseJsonBool(json, path(".selected")), name());
            if (selected) ++drawn;
        }
        vm.assertTrue(drawn > 5 && drawn < rows - 5, "both answers occur");
    }

    function test_committee() public {
        uint256 rows = open("committee");
        for (uint256 i; i < rows; ++i) {
            use(i);
            (bytes32 beacon, bytes32 leaf, uint8 round) = (word(".beacon"), word(".leaf"), u8(".round"));
            bytes32 all = Draw.committeeSeed(beacon, leaf, round, "ALL");
            checkSeats(Draw.seats(all, u32(".verifierCount"), 4), ".general");
            bytes32 own = Draw.committeeSeed(beacon, leaf, round, "OWN");
            checkSeats(Draw.seats(own, u32(".ofProfile"), 3), ".own");
        }
    }

    function test_heads() public {
        uint256 rows = open("heads");
        for (uint256 i; i < rows; ++i) {
            use(i);
            vm.assertEq(Heads.genesis(number(".chainId"), wallet(".escrow")), word(".genesis"), name());
            bytes memory debits = vm.parseJsonBytes(json, path(".debits"));
            bytes memory credits = vm.parseJsonBytes(json, path(".credits"));
            vm.assertEq(encoder.head(word(".parent"), word(".root"), debits, credits), word(".head"), name());
            vm.assertGe(debits.length, Entries.SIZE);
            checkRun(debits);
            checkRun(credits);
        }
    }

    function test_identifiers() public {
        uint256 rows = open("identifiers");
        for (uint256 i; i < rows; ++i) {
            use(i);
            bytes16 uuid = bytes16(vm.parseJsonBytes(json, path(".uuid")));
            bytes32 jobId = keccak256(abi.encode(wallet(".requester"), uuid));
            vm.assertEq(jobId, word(".jobId"), name());
            (uint32 attempt, address worker) = (u32(".attempt"), wallet(".worker"));
            vm.assertEq(
                Typed.outputCommitment(jobId, attempt, worker, word(".salt"), word(".outputDigest")),
                word(".outputCommitment"),
                name()
            );
            bytes32 subject = keccak256(abi.encode(jobId, attempt));
            vm.assertEq(keccak256(abi.encode(ICourt.Kind(u8(".kind")), worker, subject)), word(".caseId"), name());
        }
    }

    // what a row says

    function hashOf(string memory kind) private view returns (bytes32) {
        if (same(kind, "Ceiling")) {
            return Typed.ceiling(u32(".message.account"), u64(".message.ceiling"), number(".message.deadline"));
        }
        if (same(kind, "SessionKey")) {
            return Typed.sessionKey(wallet(".message.owner"), wallet(".message.key"), number(".message.deadline"));
        }
        if (same(kind, "JobSpec")) return encoder.jobSpec(jobSpec());
        if (same(kind, "Assignment")) return encoder.assignment(assignment());
        if (same(kind, "ResultAttestation")) return encoder.resultAttestation(attestation());
        if (same(kind, "Verdict")) return Typed.hash(verdict());
        if (same(kind, "EpochSeal")) return encoder.epochSeal(epochSeal());
        if (same(kind, "AuditNotice")) {
            return
                encoder.auditNotice(AuditNotice(u64(".message.epoch"), word(".message.leaf"), u64(".message.issuedAt")));
        }
        revert(string.concat("no encoder for ", kind));
    }

    function leafOf(string memory kind) private view returns (bytes32) {
        if (same(kind, "SealLeaf")) return encoder.sealLeaf(sealLeaf());
        if (same(kind, "CanaryLeaf")) return encoder.canaryLeaf(canaryLeaf());
        if (same(kind, "VerifierEntry")) return encoder.verifierEntry(verifierEntry());
        if (same(kind, "ReceiptLeaf")) return encoder.receiptLeaf(receiptLeaf());
        revert(string.concat("no encoder for ", kind));
    }

    function domainOf() private view returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Assay"),
                keccak256("1"),
                number(".chainId"),
                wallet(".verifyingContract")
            )
        );
    }

    function jobSpec() private view returns (JobSpec memory s) {
        s.uuid = word(".message.uuid");
        s.requester = wallet(".message.requester");
        s.modelDigest = word(".message.modelDigest");
        s.inputDigest = word(".message.inputDigest");
        s.method = u16(".message.method");
        s.thresholdsDigest = word(".message.thresholdsDigest");
        s.redundancy = u8(".message.redundancy");
        s.privacyClass = u8(".message.privacyClass");
        s.maxPrice = u64(".message.maxPrice");
        s.deadline = u64(".message.deadline");
    }

    function assignment() private view returns (Assignment memory a) {
        a.jobId = word(".message.jobId");
        a.attempt = u32(".message.attempt");
        a.spec = word(".message.spec");
        a.worker = wallet(".message.worker");
        a.method = u16(".message.method");
        a.price = u64(".message.price");
        a.bond = u64(".message.bond");
        a.assignedAt = u64(".message.assignedAt");
        a.deadline = u64(".message.deadline");
    }

    function attestation() private view returns (ResultAttestation memory a) {
        a.jobId = word(".message.jobId");
        a.attempt = u32(".message.attempt");
        a.assignment = word(".message.assignment");
        a.worker = wallet(".message.worker");
        a.modelDigest = word(".message.modelDigest");
        a.profileDigest = word(".message.profileDigest");
        a.inputDigest = word(".message.inputDigest");
        a.outputCommitment = word(".message.outputCommitment");
        a.evidenceRoot = word(".message.evidenceRoot");
        a.toleranceDigest = word(".message.toleranceDigest");
        a.method = u16(".message.method");
        a.inputUnits = u64(".message.inputUnits");
        a.outputUnits = u64(".message.outputUnits");
        a.epoch = u64(".message.epoch");
        a.issuedAt = u64(".message.issuedAt");
    }

    function verdict() private view returns (Verdict memory v) {
        v.attestation = word(".message.attestation");
        v.epoch = u64(".message.epoch");
        v.round = u8(".message.round");
        v.outcome = u8(".message.outcome");
        v.method = u16(".message.method");
        v.referenceDigest = word(".message.referenceDigest");
        v.evidenceRoot = word(".message.evidenceRoot");
        v.verifier = wallet(".message.verifier");
        v.issuedAt = u64(".message.issuedAt");
    }

    function epochSeal() private view returns (EpochSeal memory s) {
        s.epoch = u64(".message.epoch");
        s.root = word(".message.root");
        s.prevRoot = word(".message.prevRoot");
        s.count = u32(".message.count");
        s.totalPrice = u64(".message.totalPrice");
        s.canaryRoot = word(".message.canaryRoot");
        s.verifierSetRoot = word(".message.verifierSetRoot");
        s.verifierCount = u32(".message.verifierCount");
        s.beaconCommitment = word(".message.beaconCommitment");
    }

    function sealLeaf() private view returns (SealLeaf memory l) {
        l.attestation = word(".message.attestation");
        l.worker = wallet(".message.worker");
        l.requester = wallet(".message.requester");
        l.price = u64(".message.price");
        l.auditRateBps = u16(".message.auditRateBps");
    }

    function canaryLeaf() private view returns (CanaryLeaf memory l) {
        l.canaryId = word(".message.canaryId");
        l.inputDigest = word(".message.inputDigest");
        l.modelDigest = word(".message.modelDigest");
        l.profileDigest = word(".message.profileDigest");
        l.acceptedHash = word(".message.acceptedHash");
        l.salt = word(".message.salt");
    }

    function verifierEntry() private view returns (VerifierEntry memory l) {
        l.index = u32(".message.index");
        l.verifier = wallet(".message.verifier");
        l.profileDigest = word(".message.profileDigest");
        l.rank = u32(".message.rank");
        l.ofProfile = u32(".message.ofProfile");
    }

    function receiptLeaf() private view returns (ReceiptLeaf memory l) {
        l.jobId = word(".message.jobId");
        l.attempt = u32(".message.attempt");
        l.requester = u32(".message.requester");
        l.worker = u32(".message.worker");
        l.price = u64(".message.price");
        l.earned = u64(".message.earned");
        l.attestation = word(".message.attestation");
    }

    // words

    function checkSeats(uint32[] memory drawn, string memory field) private view {
        uint256[] memory expected = vm.parseJsonUintArray(json, path(field));
        vm.assertEq(drawn.length, expected.length, name());
        for (uint256 i; i < drawn.length; ++i) {
            vm.assertEq(drawn[i], expected[i], name());
        }
    }

    /// @dev What the Escrow reads of a run is what {Entries} packs, entry by entry; not all of the longest.
    function checkRun(bytes memory run) private view {
        vm.assertEq(run.length % Entries.SIZE, 0, name());
        uint256 entries = run.length / Entries.SIZE;
        for (uint256 i; i < entries; i += 1 + entries / 8) {
            (uint32 account, uint64 amount) = encoder.entry(run, i * Entries.SIZE);
            bytes memory packed = abi.encodePacked(account, amount);
            for (uint256 j; j < Entries.SIZE; ++j) {
                vm.assertTrue(packed[j] == run[i * Entries.SIZE + j], name());
            }
        }
    }

    /// @return rows how many the file has, never none
    function open(string memory file) private returns (uint256 rows) {
        json = vm.readFile(string.concat("src/test/resources/vectors/", file, ".json"));
        while (vm.keyExistsJson(json, string.concat("$[", vm.toString(rows), "]"))) ++rows;
        vm.assertGe(rows, 5, file);
    }

    function use(uint256 i) private {
        row = string.concat("$[", vm.toString(i), "]");
    }

    function path(string memory field) private view returns (string memory) {
        return string.concat(row, field);
    }

    function name() private view returns (string memory) {
        return text(".name");
    }

    function text(string memory field) private view returns (string memory) {
        return vm.parseJsonString(json, path(field));
    }

    function word(string memory field) private view returns (bytes32) {
        return vm.parseJsonBytes32(json, path(field));
    }

    function wallet(string memory field) private view returns (address) {
        return vm.parseJsonAddress(json, path(field));
    }

    function number(string memory field) private view returns (uint256) {
        return vm.parseJsonUint(json, path(field));
    }

    function u64(string memory field) private view returns (uint64 value) {
        uint256 read = number(field);
        vm.assertLe(read, type(uint64).max);
        return uint64(read);
    }

    function u32(string memory field) private view returns (uint32 value) {
        uint256 read = number(field);
        vm.assertLe(read, type(uint32).max);
        return uint32(read);
    }

    function u16(string memory field) private view returns (uint16 value) {
        uint256 read = number(field);
        vm.assertLe(read, type(uint16).max);
        return uint16(read);
    }

    function u8(string memory field) private view returns (uint8 value) {
        uint256 read = number(field);
        vm.assertLe(read, type(uint8).max);
        return uint8(read);
    }

    function same(string memory a, string memory b) private pure returns (bool) {
        return keccak256(bytes(a)) == keccak256(bytes(b));
    }
}
