// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICourt} from "main/interfaces/ICourt.sol";
import {Typed} from "main/libraries/Typed.sol";
import {
    AuditNotice,
    CanaryEvidence,
    CanaryLeaf,
    EpochSeal,
    ResultAttestation,
    SealedLeaf,
    SealLeaf,
    SignedAttestation,
    Verdict,
    VerdictEvidence,
    VerifierEntry,
    Vote
} from "main/types/Types.sol";
import {Deployment} from "./Deployment.sol";
import {Fixture} from "./Fixture.sol";
import {Trees} from "./Trees.sol";
import {vm} from "./Vm.sol";

/// @dev An operator, a worker and its verifiers, all bonded, and short words for what they seal, sign and accuse.
abstract contract CourtFixture is Fixture {
    /// @dev One epoch of results: what was signed, what was sealed of it.
    struct Work {
        EpochSeal epochSeal;
        SealLeaf[] leaves;
        ResultAttestation[] results;
    }

    uint64 internal constant BOND = 1_000e6;
    uint64 internal constant OPERATOR_BOND = 10_000e6;
    uint64 internal constant VERIFIER_BOND = 200e6;
    uint64 internal constant PENALTY = 50e6; // 5 % of the worker's bond
    uint64 internal constant PRICE = 3e6;
    uint64 internal constant COMPENSATION = 6e6; // twice the price
    uint16 internal constant ALWAYS = 10_000;
    uint8 internal constant INVALID = 2;
    bytes32 internal constant PROFILE = "the worker's profile";
    bytes32 internal constant ANOTHER = "another profile";

    Person internal worker;
    address internal requester;
    address internal reporter;
    VerifierEntry[] internal jury;
    mapping(address => Person) internal people;

    function setUp() public virtual override {
        super.setUp();
        worker = person("worker");
        requester = person("requester").addr;
        reporter = person("reporter").addr;
        people[worker.addr] = worker;
        enroll(operator, OPERATOR_BOND);
        enroll(worker, BOND);
        assemble(4, 6);
    }

    // Verifiers

    /// @dev A snapshot of `own` verifiers of the worker's profile and `others` of another.
    function assemble(uint32 own, uint32 others) internal {
        delete jury;
        for (uint32 i; i < own; ++i) {
            jury.push(VerifierEntry(i, verifier(i), PROFILE, i, own));
        }
        for (uint32 i; i < others; ++i) {
            jury.push(VerifierEntry(own + i, verifier(own + i), ANOTHER, i, others));
        }
    }

    function verifier(uint32 i) internal returns (address) {
        Person memory p = person(string.concat("verifier ", vm.toString(i)));
        if (people[p.addr].addr == address(0)) {
            people[p.addr] = p;
            enroll(p, VERIFIER_BOND);
        }
        return p.addr;
    }

    function juryLeaves() internal view returns (bytes32[] memory leaves) {
        leaves = new bytes32[](jury.length);
        for (uint256 i; i < leaves.length; ++i) {
            leaves[i] = leafOf(jury[i]);
        }
    }

    // Results and seals

    /// @dev What the worker claims of job number `job`, in the epoch that is sealed next.
    function claimOf(uint256 job) internal view returns (ResultAttestation memory) {
        return ResultAttestation({
            jobId: keccak256(abi.encode("job", job)),
            attempt: 1,
            assignment: "assignment",
            worker: worker.addr,
            modelDigest: "model",
            profileDigest: PROFILE,
            inputDigest: "input",
            outputCommitment: commitment(job, "wrong answer"),
            evidenceRoot: "evidence",
            toleranceDigest: 0,
            method: 1,
            inputUnits: 10,
            outputUnits: 20,
            epoch: court.latestEpoch() + 1,
            issuedAt: uint64(vm.getBlockTimestamp())
        });
    }

    function commitment(uint256 job, bytes32 output) internal view returns (bytes32) {
        bytes32 jobId = keccak256(abi.encode("job", job));
        return keccak256(abi.encode(Typed.OUTPUT, jobId, uint32(1), worker.addr, bytes32("output salt"), output));
    }

    /// @dev Another claim of the same attempt.
    function otherClaimOf(uint256 job) internal view returns (ResultAttestation memory a) {
        a = claimOf(job);
        a.outputCommitment = commitment(job, "another answer");
    }

    /// @dev `count` results in the next epoch, sealed, audited at `rateBps`, and not yet drawn.
    function sealWork(uint256 count, uint16 rateBps) internal returns (Work memory w) {
        w = prepare(count, rateBps);
        sealAs(w.epochSeal);
    }

    function prepare(uint256 count, uint16 rateBps) internal view returns (Work memory w) {
        (w.results, w.leaves) = (new ResultAttestation[](count), new SealLeaf[](count));
        for (uint256 i; i < count; ++i) {
            w.results[i] = claimOf(i);
            w.leaves[i] = SealLeaf(digestOf(w.results[i]), worker.addr, requester, PRICE, rateBps);
        }
        w.epochSeal = nextSeal();
        renew(w);
    }

    /// @dev The seal's root again, after leaves have been changed.
    function renew(Work memory w) internal pure {
        (w.epochSeal.root, w.epochSeal.count) = (Trees.root(hashes(w)), uint32(w.leaves.length));
    }

    function nextSeal() internal view returns (EpochSeal memory) {
        return EpochSeal({
            epoch: court.latestEpoch() + 1,
            root: keccak256("a root"),
            prevRoot: court.latestRoot(),
            count: 1,
            totalPrice: PRICE,
            canaryRoot: 0,
            verifierSetRoot: Trees.root(juryLeaves()),
            verifierCount: uint32(jury.length),
            beaconCommitment: court.link()
        });
    }

    function sealAs(EpochSeal memory s) internal {
        vm.prank(settler);
        court.seal(s);
    }

    function drawNow() internal {
        toDrawBlock();
        court.draw(nextPreimage());
    }

    /// @dev The preimage that the operator reveals next, whichever epochs it withheld.
    function nextPreimage() internal view returns (bytes32 p) {
        bytes32 link = court.link();
        for (uint256 i = 1; i <= EPOCHS; ++i) {
            p = preimage(i);
            if (keccak256(abi.encode(p)) == link) return p;
        }
        revert("no preimage fits");
    }

    function toDrawBlock() internal {
        vm.roll(court.epochOf(court.latestEpoch()).drawBlock + 1);
    }

    function hashes(Work memory w) internal pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](w.leaves.length);
        for (uint256 i; i < leaves.length; ++i) {
            leaves[i] = leafOf(w.leaves[i]);
        }
    }

    function subjectOf(Work memory w, uint256 i) internal pure returns (SealedLeaf memory) {
        return SealedLeaf(w.epochSeal, w.leaves[i], Trees.proof(hashes(w), leafOf(w.leaves[i])));
    }

    function signed(ResultAttestation memory a) internal view returns (SignedAttestation memory) {
        return SignedAttestation(a, sign(people[a.worker].secret, digestOf(a)));
    }

    // Canaries

    /// @dev Every right answer to the canary.
    function accepted() internal pure returns (bytes32[] memory answers) {
        answers = new bytes32[](2);
        (answers[0], answers[1]) = (bytes32("right answer"), bytes32("right too"));
    }

    function canaryLeaf(bytes32 id) internal pure returns (CanaryLeaf memory) {
        return CanaryLeaf(id, "input", "model", PROFILE, keccak256(abi.encodePacked(accepted())), "canary salt");
    }

    function canaryHashes() internal pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](3);
        (leaves[0], leaves[1]) = (leafOf(canaryLeaf("canary")), leafOf(canaryLeaf("second canary")));
        leaves[2] = leafOf(canaryLeaf("third canary"));
    }

    /// @dev Seals an epoch that commits to canaries, and draws it.
    function commitCanaries() internal returns (EpochSeal memory s) {
        s = nextSeal();
        s.canaryRoot = Trees.root(canaryHashes());
        sealAs(s);
        drawNow();
    }

    /// @dev The worker got a canary of an earlier epoch wrong.
    function failedCanary() internal returns (CanaryEvidence memory e) {
        EpochSeal memory earlier = commitCanaries();
        return failedCanaryOf(earlier, sealWork(4, 0), 0);
    }

    function failedCanaryOf(EpochSeal memory earlier, Work memory w, uint256 i)
        internal
        view
        returns (CanaryEvidence memory e)
    {
        e.subject = subjectOf(w, i);
        e.result = signed(w.results[i]);
        e.canarySeal = earlier;
        e.canary = canaryLeaf("canary");
        e.canaryProof = Trees.proof(canaryHashes(), leafOf(e.canary));
        e.accepted = accepted();
        (e.outputSalt, e.outputDigest) = ("output salt", "wrong answer");
    }

    // Verdicts

    /// @dev Results of which the draw has selected all.
    function drawnWork() internal returns (Work memory w) {
        w = sealWork(8, ALWAYS);
        drawNow();
    }

    /// @dev All that sit on the first result's committee with six distinct members find it invalid.
    function conviction() internal returns (VerdictEvidence memory) {
        Work memory w = drawnWork();
        return convictionOf(w, wellSeated(w), 0);
    }

    function convictionOf(Work memory w, uint256 i, uint8 round) internal view returns (VerdictEvidence memory e) {
        e.subject = subjectOf(w, i);
        e.result = signed(w.results[i]);
        (e.round, e.referenceDigest, e.evidenceRoot) = (round, "reference", "evidence of the verifiers");
        VerifierEntry[] memory members = membersOf(e);
        e.votes = new Vote[](members.length);
        for (uint256 v; v < members.length; ++v) {
            e.votes[v] = vote(e, members[v]);
        }
    }

    function vote(VerdictEvidence memory e, VerifierEntry memory entry_) internal view returns (Vote memory v) {
        v.entry = entry_;
        v.proof = Trees.proof(juryLeaves(), leafOf(entry_));
        v.issuedAt = uint64(vm.getBlockTimestamp());
        v.signature = sign(people[entry_.verifier].secret, digestOf(findingOf(e, v)));
    }

    /// @dev What a voter signs.
    function findingOf(VerdictEvidence memory e, Vote memory v) internal view returns (Verdict memory) {
        return Verdict({
            attestation: digestOf(e.result.attestation),
            epoch: e.subject.epochSeal.epoch,
            round: e.round,
            outcome: INVALID,
            method: e.result.attestation.method,
            referenceDigest: e.referenceDigest,
            evidenceRoot: e.evidenceRoot,
            verifier: v.entry.verifier,
            issuedAt: v.issuedAt
        });
    }

    /// @dev The first result whose committee has six distinct members.
    function wellSeated(Work memory w) internal view returns (uint256 i) {
        VerdictEvidence memory e;
        for (; i < w.leaves.length; ++i) {
            (e.subject.epochSeal, e.subject.leaf) = (w.epochSeal, w.leaves[i]);
            if (membersOf(e).length == 6) return i;
        }
        revert("no committee of six");
    }

    /// @dev Who is seated, ascending, each verifier once.
    function membersOf(VerdictEvidence memory e) internal view returns (VerifierEntry[] memory members) {
        (uint32[] memory general, uint32[] memory own) = seatsOf(e);
        members = new VerifierEntry[](jury.length);
        uint256 count;
        for (uint256 i; i < jury.length; ++i) {
            VerifierEntry memory j = jury[i];
            if (!has(general, j.index) && (j.profileDigest != PROFILE || !has(own, j.rank))) continue;
            uint256 place = count;
            bool known;
            for (uint256 k; k < count; ++k) {
                known = known || members[k].verifier == j.verifier;
            }
            if (known) continue;
            for (; place > 0 && members[place - 1].verifier > j.verifier; --place) {
                members[place] = members[place - 1];
            }
            members[place] = j;
            ++count;
        }
        assembly ("memory-safe") {
            mstore(members, count)
        }
    }

    function seatsOf(VerdictEvidence memory e) internal view returns (uint32[] memory, uint32[] memory) {
        uint32 ofProfile;
        for (uint256 i; i < jury.length; ++i) {
            if (jury[i].profileDigest == PROFILE) ++ofProfile;
        }
        return
            court.committee(e.subject.epochSeal.epoch, leafOf(e.subject.leaf), e.round, uint32(jury.length), ofProfile);
    }

    function has(uint32[] memory seats, uint32 seat) internal pure returns (bool found) {
        for (uint256 i; i < seats.length; ++i) {
            found = found || seats[i] == seat;
        }
    }

    function without(Vote[] memory votes, uint256 i) internal pure returns (Vote[] memory rest) {
        rest = new Vote[](votes.length - 1);
        for (uint256 j; j < rest.length; ++j) {
            rest[j] = votes[j < i ? j : j + 1];
        }
    }

    // Cases

    /// @dev The worker signs two claims about one attempt; whoever saw both reports.
    function contradict(uint256 job) internal returns (bytes32 id) {
        (SignedAttestation memory a, SignedAttestation memory b) = (signed(claimOf(job)), signed(otherClaimOf(job)));
        vm.prank(reporter);
        return court.contradiction(a, b);
    }

    /// @dev A judged case against the worker, open, with a harmed requester and six voters.
    function convict() internal returns (bytes32 id, VerdictEvidence memory e) {
        e = conviction();
        vm.prank(reporter);
        id = court.verdict(e);
    }

    function appealAs(Person memory p, bytes32 id) internal {
        vm.prank(p.addr);
        court.appeal(id);
    }

    function ruleThat(bytes32 id, bool upheld) internal {
        vm.prank(arbiter);
        court.rule(id, upheld);
    }

    function afterWindow() internal {
        elapse(Deployment.policy().window + 1);
    }

    function idOf(ICourt.Kind kind, address accused, bytes32 subject) internal pure returns (bytes32) {
        return keccak256(abi.encode(uint8(kind), accused, subject));
    }

    function attemptOf(ResultAttestation memory a) internal pure returns (bytes32) {
        return keccak256(abi.encode(a.jobId, a.attempt));
    }

    function checkCase(bytes32 id, ICourt.State state, uint64 amount) internal view {
        ICourt.Case memory c = court.caseOf(id);
        vm.assertEq(uint256(c.state), uint256(state), "state");
        vm.assertEq(c.amount, amount, "amount");
    }

    function refuseMismatch(bytes32 given, bytes32 expected) internal {
        vm.expectRevert(abi.encodeWithSelector(ICourt.Mismatch.selector, given, expected));
    }

    function refuseSigner(address expected) internal {
        vm.expectRevert(abi.encodeWithSelector(ICourt.WrongSigner.selector, expected));
    }

    /// @dev Every word of `evidence` in turn with one bit changed: none may be believed, except the zeros behind a
    /// signature, which fill its last word.
    function refuseEveryChange(bytes memory evidence, uint256 bit) internal {
        bytes memory changed = bytes.concat(evidence);
        uint256 refused;
        for (uint256 word = 4; word + 32 <= evidence.length; word += 32) {
            uint256 place = word + bit / 8;
            if (isPadding(evidence, word) && bit >= 8) continue;
            changed[place] = bytes1(uint8(evidence[place]) ^ uint8(1 << (bit % 8)));
            (bool believed,) = address(court).call(changed);
            vm.assertFalse(believed, string.concat("believed with a change at byte ", vm.toString(place)));
            changed[place] = evidence[place];
            ++refused;
        }
        vm.assertGe(refused, evidence.length / 32 * 9 / 10);
        // What was not changed is believed, so it was the changes that were refused.
        (bool done,) = address(court).call(changed);
        vm.assertTrue(done, "the evidence as it was");
    }

    /// @dev One bit of `evidence` changed, whichever `position` says.
    function refuseChangedBit(bytes memory evidence, uint256 position) internal {
        uint256 bit = position % ((evidence.length - 4) * 8);
        uint256 place = 4 + bit / 8;
        vm.assume(!isPadding(evidence, place - bit / 8 % 32) || bit / 8 % 32 == 0);
        evidence[place] ^= bytes1(uint8(1 << (bit % 8)));
        (bool believed,) = address(court).call(evidence);
        vm.assertFalse(believed, string.concat("believed with a change at byte ", vm.toString(place)));
    }

    /// @dev The third word of a signature: v, then 31 zeros.
    function isPadding(bytes memory evidence, uint256 word) private pure returns (bool) {
        uint256 value;
        assembly ("memory-safe") {
            value := mload(add(add(evidence, 0x20), word))
        }
        return value == uint256(27) << 248 || value == uint256(28) << 248;
    }

    /// @dev What must not count as p's signature of `structHash`, though much of it comes near.
    function badSignatures(Person memory p, bytes32 structHash) internal returns (bytes[] memory bad) {
        bytes32 here = digest(address(court), structHash);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(p.secret, here);
        bad = new bytes[](12);
        bad[0] = sign(person("impostor").secret, here);
        bad[1] = sign(p.ownerSecret, here); // which never consented to sign for its owner
        bad[2] = sign(p.secret, digest(address(stake), structHash));
        bad[3] = sign(p.secret, structHash);
        bad[4] = sign(p.secret, keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", here)));
        bad[5] = malleate(sign(p.secret, here));
        bad[6] = abi.encodePacked(r, uint256(s) | uint256(v - 27) << 255); // ERC-2098
        bad[7] = abi.encodePacked(r, s, v - 27);
        bad[8] = "";
        bad[9] = new bytes(65);
        bad[10] = abi.encodePacked(r, s, v, uint8(0));
        uint256 chain = block.chainid;
        vm.chainId(chain + 1);
        bad[11] = sign(p.secret, digest(address(court), structHash));
        vm.chainId(chain);
    }

    // Hashes

    function structOf(ResultAttestation memory a) internal pure returns (bytes32) {
        return keccak256(abi.encode(Typed.RESULT_ATTESTATION, a));
    }

    function structOf(Verdict memory v) internal pure returns (bytes32) {
        return keccak256(abi.encode(Typed.VERDICT, v));
    }

    function structOf(AuditNotice memory n) internal pure returns (bytes32) {
        return keccak256(abi.encode(Typed.AUDIT_NOTICE, n));
    }

    function structOf(EpochSeal memory s) internal pure returns (bytes32) {
        return keccak256(abi.encode(Typed.EPOCH_SEAL, s));
    }

    function digestOf(ResultAttestation memory a) internal view returns (bytes32) {
        return digest(address(court), structOf(a));
    }

    function digestOf(Verdict memory v) internal view returns (bytes32) {
        return digest(address(court), structOf(v));
    }

    function digestOf(EpochSeal memory s) internal view returns (bytes32) {
        return digest(address(court), structOf(s));
    }

    function digestOf(AuditNotice memory n) internal view returns (bytes32) {
        return digest(address(court), structOf(n));
    }

    function leafOf(SealLeaf memory l) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(l))));
    }

    function leafOf(CanaryLeaf memory l) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(l))));
    }

    function leafOf(VerifierEntry memory l) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(l))));
    }
}
