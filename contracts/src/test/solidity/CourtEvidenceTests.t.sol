// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Court} from "main/Court.sol";
import {ICourt} from "main/interfaces/ICourt.sol";
import {
    AuditNotice,
    CanaryEvidence,
    EpochSeal,
    ResultAttestation,
    SealedLeaf,
    SignedAttestation
} from "main/types/Types.sol";
import {CourtFixture} from "./support/CourtFixture.sol";
import {Deployment} from "./support/Deployment.sol";
import {Trees} from "./support/Trees.sol";
import {vm} from "./support/Vm.sol";

/// @dev All evidence but verdicts, which have a chapter of their own.
contract CourtEvidenceTests is CourtFixture {
    // contradiction

    function test_contradiction_refuses_claims_of_two_jobs_or_two_attempts() public {
        SignedAttestation memory a = signed(claimOf(1));
        ResultAttestation memory other = otherClaimOf(2);
        SignedAttestation memory b = signed(other);
        refuseMismatch(attemptOf(other), attemptOf(a.attestation));
        court.contradiction(a, b);
        other = otherClaimOf(1);
        other.attempt = 2;
        b = signed(other);
        refuseMismatch(attemptOf(other), attemptOf(a.attestation));
        court.contradiction(a, b);
    }

    function test_contradiction_refuses_claims_of_two_workers() public {
        address another = verifier(0);
        SignedAttestation memory a = signed(claimOf(1));
        ResultAttestation memory other = otherClaimOf(1);
        other.worker = another;
        SignedAttestation memory b = signed(other);
        refuseSigner(worker.addr);
        court.contradiction(a, b);
    }

    /// @dev Whoever takes it for one slashes the honest, as another market did in 2020.
    function test_contradiction_refuses_the_same_claim_twice() public {
        SignedAttestation memory a = signed(claimOf(1));
        bytes32 claim = claimHash(a.attestation);
        vm.expectRevert(abi.encodeWithSelector(ICourt.SameClaim.selector, claim));
        court.contradiction(a, a);
    }

    function test_contradiction_refuses_a_claim_that_was_signed_again_later() public {
        SignedAttestation memory a = signed(claimOf(1));
        ResultAttestation memory later = claimOf(1);
        (later.epoch, later.issuedAt) = (later.epoch + 1, later.issuedAt + 100);
        SignedAttestation memory b = signed(later);
        vm.expectRevert(abi.encodeWithSelector(ICourt.SameClaim.selector, claimHash(later)));
        court.contradiction(a, b);
    }

    function test_contradiction_refuses_whatever_the_worker_did_not_sign() public {
        SignedAttestation memory a = signed(claimOf(1));
        SignedAttestation memory b = signed(otherClaimOf(1));
        bytes[] memory bad = badSignatures(worker, structOf(b.attestation));
        for (uint256 i; i < bad.length; ++i) {
            SignedAttestation memory c = SignedAttestation(b.attestation, bad[i]);
            refuseSigner(worker.addr);
            court.contradiction(a, c);
            refuseSigner(worker.addr);
            court.contradiction(c, a);
        }
        vm.assertEq(bondedOf(worker.addr), BOND);
        court.contradiction(a, b);
    }

    function test_contradiction_refuses_a_worker_of_nobody() public {
        (ResultAttestation memory a, ResultAttestation memory b) = (claimOf(1), otherClaimOf(1));
        (a.worker, b.worker) = (address(0), address(0));
        // A key that nobody bound, and no key at all: both are of worker zero.
        SignedAttestation memory first = SignedAttestation(a, sign(person("impostor").secret, digestOf(a)));
        SignedAttestation memory second = SignedAttestation(b, sign(person("impostor").secret, digestOf(b)));
        refuseSigner(address(0));
        court.contradiction(first, second);
        (first.signature, second.signature) = (new bytes(65), new bytes(65));
        refuseSigner(address(0));
        court.contradiction(first, second);
    }

    function test_contradiction_refuses_what_was_signed_for_another_deployment() public {
        SignedAttestation memory a = signed(claimOf(1));
        SignedAttestation memory b = signed(otherClaimOf(1));
        Court second = new Court(stake, operator.addr, insurance, 0, Deployment.policy(), address(system.manager));
        refuseSigner(worker.addr);
        second.contradiction(a, b);
        uint256 chain = block.chainid;
        // A fork: the domain is not remembered from the time of deployment.
        vm.chainId(chain + 1);
        refuseSigner(worker.addr);
        court.contradiction(a, b);
        vm.chainId(chain);
        court.contradiction(a, b);
    }

    function test_contradiction_counts_a_revoked_key_until_it_is_dead() public {
        SignedAttestation memory a = signed(claimOf(1));
        SignedAttestation memory b = signed(otherClaimOf(1));
        vm.prank(worker.addr);
        stake.revokeKey(worker.key);
        elapse(Deployment.THAW - 1);
        uint256 alive = vm.snapshotState();
        court.contradiction(a, b);
        vm.revertToState(alive);
        elapse(1);
        refuseSigner(worker.addr);
        court.contradiction(a, b);
    }

    function test_contradiction_takes_any_part_of_the_claim_that_differs() public {
        SignedAttestation memory a = signed(claimOf(1));
        for (uint256 part; part < 10; ++part) {
            ResultAttestation memory other = claimOf(1);
            if (part == 0) other.assignment = "x";
            if (part == 1) other.modelDigest = "x";
            if (part == 2) other.profileDigest = "x";
            if (part == 3) other.inputDigest = "x";
            if (part == 4) other.outputCommitment = "x";
            if (part == 5) other.evidenceRoot = "x";
            if (part == 6) other.toleranceDigest = "x";
            if (part == 7) other.method = 2;
            if (part == 8) other.inputUnits += 1;
            if (part == 9) other.outputUnits += 1;
            uint256 start = vm.snapshotState();
            court.contradiction(a, signed(other));
            vm.assertEq(bondedOf(worker.addr), 0);
            vm.revertToState(start);
        }
    }

    function test_contradiction_takes_the_whole_bond_at_once_and_tells() public {
        SignedAttestation memory a = signed(claimOf(1));
        SignedAttestation memory b = signed(otherClaimOf(1));
        bytes32 id = idOf(ICourt.Kind.Contradiction, worker.addr, attemptOf(a.attestation));
        uint40 deadline = uint40(vm.getBlockTimestamp()) + Deployment.policy().window;
        uint64 total = stake.totalBonded();
        vm.expectEmit(address(court));
        emit ICourt.CaseOpened(id, worker.addr, reporter, ICourt.Kind.Contradiction, ICourt.State.Held, BOND, deadline);
        vm.prank(reporter);
        vm.assertEq(court.contradiction(a, b), id);
        vm.assertEq(bondedOf(worker.addr), 0);
        vm.assertEq(frozenOf(worker.addr), 0);
        vm.assertEq(stake.totalBonded(), total - BOND);
        vm.assertEq(stake.pot(), BOND);
        // A third of all stake: no brake holds what the accused itself signed.
        vm.assertTrue(BOND * 20 > total);
        vm.assertEq(court.brakeLevel(), 0);
        ICourt.Case memory c = court.caseOf(id);
        vm.assertEq(c.accused, worker.addr);
        vm.assertEq(c.reporter, reporter);
        vm.assertEq(uint256(c.kind), uint256(ICourt.Kind.Contradiction));
        vm.assertEq(c.deadline, deadline);
        checkCase(id, ICourt.State.Held, BOND);
    }

    function test_contradiction_tries_one_attempt_once_however_many_claims() public {
        bytes32 id = contradict(1);
        bond(worker.addr, BOND);
        ResultAttestation memory third = claimOf(1);
        third.outputUnits = 99;
        (SignedAttestation memory a, SignedAttestation memory b) = (signed(claimOf(1)), signed(otherClaimOf(1)));
        SignedAttestation memory c = signed(third);
        refuseKnown(id);
        court.contradiction(a, b);
        refuseKnown(id);
        court.contradiction(b, a);
        refuseKnown(id);
        court.contradiction(a, c);
        afterWindow();
        court.close(id);
        refuseKnown(id);
        court.contradiction(b, c);
        vm.assertEq(bondedOf(worker.addr), BOND);
    }

    function test_contradiction_punishes_a_second_offence_as_a_second_case() public {
        bytes32 first = contradict(1);
        bond(worker.addr, 7e6);
        bytes32 second = contradict(2);
        vm.assertTrue(first != second);
        checkCase(second, ICourt.State.Held, 7e6);
        // The second attempt at the same job counts as well.
        bond(worker.addr, 8e6);
        (ResultAttestation memory a, ResultAttestation memory b) = (claimOf(1), otherClaimOf(1));
        (a.attempt, b.attempt) = (2, 2);
        checkCase(court.contradiction(signed(a), signed(b)), ICourt.State.Held, 8e6);
    }

    function test_contradiction_cannot_be_outrun_by_unbonding() public {
        vm.prank(worker.addr);
        stake.unbond(BOND);
        elapse(Deployment.THAW - 1);
        contradict(1);
        elapse(1);
        vm.assertEq(bondedOf(worker.addr), 0);
        vm.expectRevert();
        vm.prank(worker.addr);
        stake.withdraw();
    }

    function test_contradiction_takes_what_there_is_and_does_not_revert_for_want_of_stake() public {
        vm.startPrank(worker.addr);
        stake.unbond(BOND);
        elapse(Deployment.THAW);
        stake.withdraw();
        vm.stopPrank();
        bytes32 id = contradict(1);
        checkCase(id, ICourt.State.Held, 0);
        afterWindow();
        court.close(id);
        checkCase(id, ICourt.State.Closed, 0);
    }

    function test_contradiction_has_no_age() public {
        SignedAttestation memory a = signed(claimOf(1));
        SignedAttestation memory b = signed(otherClaimOf(1));
        elapse(3650 days);
        court.contradiction(a, b);
        vm.assertEq(bondedOf(worker.addr), 0);
    }

    function test_contradiction_takes_frozen_stake_while_another_case_is_open() public {
        CanaryEvidence memory e = failedCanary();
        bytes32 lesser = court.canary(e);
        vm.assertEq(frozenOf(worker.addr), PENALTY);
        bytes32 id = contradict(1);
        checkCase(id, ICourt.State.Held, BOND);
        vm.assertEq(bondedOf(worker.addr), 0);
        vm.assertEq(frozenOf(worker.addr), 0);
        checkCase(lesser, ICourt.State.Open, PENALTY);
    }

    function test_contradiction_is_proven_whichever_claim_is_right() public {
        ResultAttestation memory a = otherClaimOf(1);
        ResultAttestation memory b = otherClaimOf(1);
        (a.outputCommitment, b.outputCommitment) = ("wrong", "wrong as well");
        court.contradiction(signed(a), signed(b));
        vm.assertEq(bondedOf(worker.addr), 0);
    }

    function test_contradiction_refuses_every_change_of_a_word() public {
        refuseEveryChange(contradictionCall(), 255);
    }

    function testFuzz_contradiction_refuses_every_changed_bit(uint256 position) public {
        refuseChangedBit(contradictionCall(), position);
    }

    // compensate

    function test_compensate_refuses_a_case_that_is_not_held() public {
        Work memory w = drawnWork();
        SignedAttestation memory result = signed(w.results[0]);
        SealedLeaf memory subject = subjectOf(w, 0);
        vm.expectRevert(abi.encodeWithSelector(ICourt.WrongState.selector, bytes32("unknown"), ICourt.State.None));
        court.compensate("unknown", result, subject);
        bytes32 id = contradictSealed(w, 0);
        afterWindow();
        court.close(id);
        vm.expectRevert(abi.encodeWithSelector(ICourt.WrongState.selector, id, ICourt.State.Closed));
        court.compensate(id, result, subject);
    }

    function test_compensate_refuses_a_case_of_another_kind() public {
        CanaryEvidence memory e = failedCanary();
        bytes32 id = court.canary(e);
        vm.expectRevert(abi.encodeWithSelector(ICourt.WrongState.selector, id, ICourt.State.Open));
        court.compensate(id, e.result, e.subject);
    }

    function test_compensate_refuses_the_result_of_another_attempt() public {
        Work memory w = drawnWork();
        bytes32 id = contradictSealed(w, 0);
        SignedAttestation memory other = signed(w.results[1]);
        SealedLeaf memory subject = subjectOf(w, 1);
        refuseMismatch(id, idOf(ICourt.Kind.Contradiction, worker.addr, attemptOf(w.results[1])));
        court.compensate(id, other, subject);
    }

    function test_compensate_refuses_a_leaf_that_was_not_sealed() public {
        Work memory w = drawnWork();
        bytes32 id = contradictSealed(w, 0);
        SignedAttestation memory result = signed(w.results[0]);
        SealedLeaf memory subject = subjectOf(w, 0);
        subject.epochSeal.totalPrice += 1;
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotSealed.selector, 1));
        court.compensate(id, result, subject);
        subject.epochSeal.totalPrice -= 1;
        subject.leaf.requester = reporter;
        refuseNotInTree(w.epochSeal.root, leafOf(subject.leaf));
        court.compensate(id, result, subject);
    }

    function test_compensate_refuses_a_leaf_of_another_result() public {
        Work memory w = drawnWork();
        bytes32 id = contradictSealed(w, 0);
        SignedAttestation memory result = signed(w.results[0]);
        SealedLeaf memory subject = subjectOf(w, 1);
        refuseMismatch(w.leaves[1].attestation, w.leaves[0].attestation);
        court.compensate(id, result, subject);
    }

    function test_compensate_refuses_a_result_that_the_worker_did_not_sign() public {
        Work memory w = drawnWork();
        bytes32 id = contradictSealed(w, 0);
        SealedLeaf memory subject = subjectOf(w, 0);
        bytes[] memory bad = badSignatures(worker, structOf(w.results[0]));
        for (uint256 i; i < bad.length; ++i) {
            SignedAttestation memory result = SignedAttestation(w.results[0], bad[i]);
            refuseSigner(worker.addr);
            court.compensate(id, result, subject);
        }
    }

    function test_compensate_names_the_requester_pays_it_first_and_tells() public {
        Work memory w = drawnWork();
        bytes32 id = contradictSealed(w, 0);
        SignedAttestation memory result = signed(w.results[0]);
        SealedLeaf memory subject = subjectOf(w, 0);
        vm.expectEmit(address(court));
        emit ICourt.HarmNamed(id, requester, COMPENSATION);
        vm.prank(person("anybody").addr);
        court.compensate(id, result, subject);
        vm.assertEq(stake.claimable(requester), COMPENSATION);
        vm.assertEq(stake.claimable(reporter), BOND / 5);
        vm.assertEq(stake.claimable(insurance), BOND - COMPENSATION - BOND / 5);
        vm.assertEq(stake.pot(), 0);
        checkCase(id, ICourt.State.Closed, 0);
        stake.claim(requester);
        vm.assertEq(balanceOf(escrow.idOf(requester)), COMPENSATION);
    }

    function test_compensate_takes_the_leaf_of_either_claim() public {
        Work memory w = drawnWork();
        // The worker was paid for the claim that it signed second.
        SignedAttestation memory a = signed(otherClaimOf(0));
        bytes32 id = court.contradiction(a, signed(w.results[0]));
        court.compensate(id, signed(w.results[0]), subjectOf(w, 0));
        vm.assertEq(stake.claimable(requester), COMPENSATION);
    }

    function test_compensate_pays_the_harmed_no_more_than_half() public {
        Work memory w = prepare(2, ALWAYS);
        w.leaves[0].price = 900e6;
        renew(w);
        sealAs(w.epochSeal);
        bytes32 id = contradictSealed(w, 0);
        court.compensate(id, signed(w.results[0]), subjectOf(w, 0));
        vm.assertEq(stake.claimable(requester), BOND / 2);
        vm.assertEq(stake.claimable(reporter), BOND / 5);
        vm.assertEq(stake.claimable(insurance), BOND - BOND / 2 - BOND / 5);
    }

    function test_compensate_survives_the_highest_price() public {
        Work memory w = prepare(2, ALWAYS);
        w.leaves[0].price = type(uint64).max;
        renew(w);
        sealAs(w.epochSeal);
        bytes32 id = contradictSealed(w, 0);
        SignedAttestation memory result = signed(w.results[0]);
        SealedLeaf memory subject = subjectOf(w, 0);
        vm.expectEmit(address(court));
        emit ICourt.HarmNamed(id, requester, type(uint64).max);
        court.compensate(id, result, subject);
        vm.assertEq(stake.claimable(requester), BOND / 2);
    }

    function test_compensate_pays_nobody_when_the_leaf_names_no_requester() public {
        Work memory w = prepare(2, ALWAYS);
        w.leaves[0].requester = address(0);
        renew(w);
        sealAs(w.epochSeal);
        bytes32 id = contradictSealed(w, 0);
        court.compensate(id, signed(w.results[0]), subjectOf(w, 0));
        vm.assertEq(stake.claimable(address(0)), 0);
        vm.assertEq(stake.claimable(insurance), BOND - BOND / 5);
    }

    function test_compensate_refuses_every_change_of_a_word() public {
        refuseEveryChange(compensateCall(), 255);
    }

    function testFuzz_compensate_refuses_every_changed_bit(uint256 position) public {
        refuseChangedBit(compensateCall(), position);
    }

    // canary

    function test_canary_refuses_a_leaf_that_was_not_sealed() public {
        CanaryEvidence memory e = failedCanary();
        e.subject.epochSeal.epoch = 9;
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotSealed.selector, 9));
        court.canary(e);
        e.subject.epochSeal.epoch = 2;
        e.subject.epochSeal.count += 1;
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotSealed.selector, 2));
        court.canary(e);
    }

    function test_canary_refuses_a_leaf_that_is_not_in_the_tree() public {
        CanaryEvidence memory e = failedCanary();
        e.subject.leaf.price += 1;
        refuseNotInTree(e.subject.epochSeal.root, leafOf(e.subject.leaf));
        court.canary(e);
    }

    function test_canary_refuses_a_proof_that_starts_or_ends_at_an_inner_node() public {
        CanaryEvidence memory e = failedCanary();
        bytes32[] memory proof = e.subject.proof;
        vm.assertEq(proof.length, 2);
        e.subject.proof = new bytes32[](1);
        for (uint256 i; i < 2; ++i) {
            e.subject.proof[0] = proof[i];
            refuseNotInTree(e.subject.epochSeal.root, leafOf(e.subject.leaf));
            court.canary(e);
        }
        e.subject.proof = new bytes32[](0);
        refuseNotInTree(e.subject.epochSeal.root, leafOf(e.subject.leaf));
        court.canary(e);
        e.subject.proof = new bytes32[](3);
        (e.subject.proof[0], e.subject.proof[1]) = (proof[0], proof[1]);
        refuseNotInTree(e.subject.epochSeal.root, leafOf(e.subject.leaf));
        court.canary(e);
    }

    function test_canary_counts_the_age_of_an_epoch_that_others_followed() public {
        EpochSeal memory earlier = commitCanaries();
        CanaryEvidence memory e = failedCanaryOf(earlier, sealWork(4, 0), 0);
        uint256 latest = uint256(court.epochOf(2).sealedAt) + Deployment.policy().maxAge;
        drawNow();
        elapse(1 days);
        sealAs(nextSeal());
        vm.warp(latest + 1);
        vm.expectRevert(abi.encodeWithSelector(ICourt.TooOld.selector, latest));
        court.canary(e);
        vm.warp(latest);
        court.canary(e);
    }

    function test_canary_refuses_what_was_sealed_too_long_ago() public {
        CanaryEvidence memory e = failedCanary();
        uint256 latest = vm.getBlockTimestamp() + Deployment.policy().maxAge;
        vm.warp(latest + 1);
        vm.expectRevert(abi.encodeWithSelector(ICourt.TooOld.selector, latest));
        court.canary(e);
        vm.warp(latest);
        court.canary(e);
    }

    function test_canary_counts_the_age_from_the_seal_and_not_by_the_clock_of_the_worker() public {
        EpochSeal memory earlier = commitCanaries();
        Work memory w = prepare(2, 0);
        w.results[0].issuedAt = 1;
        w.leaves[0].attestation = digestOf(w.results[0]);
        renew(w);
        sealAs(w.epochSeal);
        checkCase(court.canary(failedCanaryOf(earlier, w, 0)), ICourt.State.Open, PENALTY);
    }

    function test_canary_refuses_a_result_that_the_worker_did_not_sign() public {
        CanaryEvidence memory e = failedCanary();
        bytes[] memory bad = badSignatures(worker, structOf(e.result.attestation));
        for (uint256 i; i < bad.length; ++i) {
            e.result.signature = bad[i];
            refuseSigner(worker.addr);
            court.canary(e);
        }
    }

    function test_canary_refuses_a_leaf_of_another_result() public {
        EpochSeal memory earlier = commitCanaries();
        Work memory w = sealWork(4, 0);
        CanaryEvidence memory e = failedCanaryOf(earlier, w, 0);
        e.subject = subjectOf(w, 1);
        refuseMismatch(w.leaves[1].attestation, w.leaves[0].attestation);
        court.canary(e);
    }

    function test_canary_refuses_a_leaf_that_names_another_worker() public {
        EpochSeal memory earlier = commitCanaries();
        Work memory w = prepare(2, 0);
        w.leaves[0].worker = reporter;
        renew(w);
        sealAs(w.epochSeal);
        CanaryEvidence memory e = failedCanaryOf(earlier, w, 0);
        refuseSigner(worker.addr);
        court.canary(e);
    }

    function test_canary_refuses_a_result_that_was_signed_for_another_epoch() public {
        EpochSeal memory earlier = commitCanaries();
        Work memory w = prepare(2, 0);
        // The operator kept the result back until it had committed to an answer that differs.
        w.results[0].epoch = 1;
        w.leaves[0].attestation = digestOf(w.results[0]);
        renew(w);
        sealAs(w.epochSeal);
        CanaryEvidence memory e = failedCanaryOf(earlier, w, 0);
        vm.expectRevert(abi.encodeWithSelector(ICourt.EpochOutOfOrder.selector, 1, 2));
        court.canary(e);
    }

    function test_canary_refuses_an_answer_that_was_committed_in_the_same_epoch() public {
        commitCanaries();
        Work memory w = prepare(4, 0);
        w.epochSeal.canaryRoot = Trees.root(canaryHashes());
        sealAs(w.epochSeal);
        CanaryEvidence memory e = failedCanaryOf(w.epochSeal, w, 0);
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotEarlier.selector, 2, 2));
        court.canary(e);
    }

    function test_canary_refuses_an_answer_that_was_committed_in_a_later_epoch() public {
        Work memory w = sealWork(4, 0);
        drawNow();
        EpochSeal memory later = commitCanaries();
        CanaryEvidence memory e = failedCanaryOf(later, w, 0);
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotEarlier.selector, 2, 1));
        court.canary(e);
    }

    function test_canary_refuses_an_answer_whose_epoch_was_not_sealed() public {
        CanaryEvidence memory e = failedCanary();
        e.canarySeal.canaryRoot = Trees.root(canaryHashes());
        e.canarySeal.count += 1;
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotSealed.selector, 1));
        court.canary(e);
        // The day before the first: nothing is sealed there, though its place reads zero.
        e.canarySeal.epoch = 0;
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotSealed.selector, 0));
        court.canary(e);
    }

    function test_canary_refuses_an_answer_that_is_not_in_the_tree() public {
        CanaryEvidence memory e = failedCanary();
        e.canary.salt = "x";
        refuseNotInTree(e.canarySeal.canaryRoot, leafOf(e.canary));
        court.canary(e);
    }

    function test_canary_refuses_an_epoch_without_canaries() public {
        sealAs(nextSeal());
        drawNow();
        EpochSeal memory earlier = nextSeal();
        sealAs(earlier);
        drawNow();
        CanaryEvidence memory e = failedCanaryOf(earlier, sealWork(4, 0), 0);
        refuseNotInTree(0, leafOf(e.canary));
        court.canary(e);
    }

    function test_canary_refuses_a_canary_of_another_input_model_or_profile() public {
        for (uint256 part; part < 3; ++part) {
            uint256 start = vm.snapshotState();
            EpochSeal memory earlier = commitCanaries();
            Work memory w = prepare(2, 0);
            ResultAttestation memory a = w.results[0];
            if (part == 0) a.inputDigest = "x";
            if (part == 1) a.modelDigest = "x";
            if (part == 2) a.profileDigest = "x";
            w.leaves[0].attestation = digestOf(a);
            renew(w);
            sealAs(w.epochSeal);
            CanaryEvidence memory e = failedCanaryOf(earlier, w, 0);
            refuseMismatch(part == 0 ? bytes32("input") : part == 1 ? bytes32("model") : PROFILE, "x");
            court.canary(e);
            vm.revertToState(start);
        }
    }

    function test_canary_refuses_other_answers_than_were_committed_to() public {
        CanaryEvidence memory e = failedCanary();
        (e.accepted[0], e.accepted[1]) = (e.accepted[1], e.accepted[0]);
        refuseMismatch(keccak256(abi.encodePacked(e.accepted)), e.canary.acceptedHash);
        court.canary(e);
        e.accepted = new bytes32[](0);
        refuseMismatch(keccak256(""), e.canary.acceptedHash);
        court.canary(e);
    }

    function test_canary_refuses_what_does_not_open_the_commitment() public {
        CanaryEvidence memory e = failedCanary();
        e.outputDigest = "x";
        refuseMismatch(commitment(0, "x"), e.result.attestation.outputCommitment);
        court.canary(e);
        (e.outputDigest, e.outputSalt) = ("wrong answer", "x");
        vm.expectRevert();
        court.canary(e);
    }

    function test_canary_refuses_an_accepted_answer() public {
        for (uint256 i; i < 2; ++i) {
            uint256 start = vm.snapshotState();
            EpochSeal memory earlier = commitCanaries();
            Work memory w = prepare(2, 0);
            w.results[0].outputCommitment = commitment(0, accepted()[i]);
            w.leaves[0].attestation = digestOf(w.results[0]);
            renew(w);
            sealAs(w.epochSeal);
            CanaryEvidence memory e = failedCanaryOf(earlier, w, 0);
            e.outputDigest = accepted()[i];
            vm.expectRevert(abi.encodeWithSelector(ICourt.AcceptedAnswer.selector, accepted()[i]));
            court.canary(e);
            vm.revertToState(start);
        }
    }

    function test_canary_freezes_the_penalty_and_tells() public {
        CanaryEvidence memory e = failedCanary();
        bytes32 id = idOf(ICourt.Kind.Canary, worker.addr, attemptOf(e.result.attestation));
        uint40 deadline = uint40(vm.getBlockTimestamp()) + Deployment.policy().window;
        vm.expectEmit(address(court));
        emit ICourt.CaseOpened(id, worker.addr, reporter, ICourt.Kind.Canary, ICourt.State.Open, PENALTY, deadline);
        vm.prank(reporter);
        vm.assertEq(court.canary(e), id);
        vm.assertEq(bondedOf(worker.addr), BOND);
        vm.assertEq(frozenOf(worker.addr), PENALTY);
        checkCase(id, ICourt.State.Open, PENALTY);
    }

    function test_canary_harms_nobody_so_who_pays_for_it_earns_nothing() public {
        CanaryEvidence memory e = failedCanary();
        vm.prank(reporter);
        bytes32 id = court.canary(e);
        ICourt.Case memory c = court.caseOf(id);
        vm.assertEq(c.harmed, address(0));
        vm.assertEq(c.compensation, 0);
        vm.assertEq(c.verifierFee, 0);
        afterWindow();
        court.close(id);
        vm.assertEq(stake.claimable(requester), 0);
        vm.assertEq(stake.claimable(reporter), PENALTY / 5);
        vm.assertEq(stake.claimable(insurance), PENALTY - PENALTY / 5);
    }

    function test_canary_tries_one_attempt_once_even_when_it_was_sealed_twice() public {
        EpochSeal memory earlier = commitCanaries();
        Work memory w = prepare(2, 0);
        w.results[1] = claimOf(0);
        w.results[1].issuedAt += 1;
        w.leaves[1].attestation = digestOf(w.results[1]);
        renew(w);
        sealAs(w.epochSeal);
        CanaryEvidence memory e = failedCanaryOf(earlier, w, 0);
        bytes32 id = court.canary(e);
        refuseKnown(id);
        court.canary(e);
        e = failedCanaryOf(earlier, w, 1);
        refuseKnown(id);
        court.canary(e);
        // Nor after it is over.
        afterWindow();
        court.close(id);
        refuseKnown(id);
        court.canary(e);
    }

    function test_canary_punishes_a_second_offence_as_a_second_case() public {
        EpochSeal memory earlier = commitCanaries();
        Work memory w = sealWork(4, 0);
        court.canary(failedCanaryOf(earlier, w, 0));
        bytes32 id = court.canary(failedCanaryOf(earlier, w, 1));
        checkCase(id, ICourt.State.Open, PENALTY);
        vm.assertEq(frozenOf(worker.addr), 2 * PENALTY);
    }

    function test_canary_refuses_every_change_of_a_word() public {
        refuseEveryChange(abi.encodeCall(Court.canary, (failedCanary())), 255);
    }

    function testFuzz_canary_refuses_every_changed_bit(uint256 position) public {
        refuseChangedBit(abi.encodeCall(Court.canary, (failedCanary())), position);
    }

    // illegitimateAudit

    function test_illegitimateAudit_refuses_a_leaf_that_was_not_sealed() public {
        (SealedLeaf memory subject, AuditNotice memory notice, bytes memory signature) = audited(0);
        subject.epochSeal.verifierCount += 1;
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotSealed.selector, 1));
        court.illegitimateAudit(subject, notice, signature);
        subject.epochSeal.verifierCount -= 1;
        subject.leaf.auditRateBps = 1;
        refuseNotInTree(subject.epochSeal.root, leafOf(subject.leaf));
        court.illegitimateAudit(subject, notice, signature);
    }

    function test_illegitimateAudit_refuses_a_notice_of_another_epoch() public {
        (SealedLeaf memory subject, AuditNotice memory notice,) = audited(0);
        notice.epoch = 2;
        bytes memory signature = signAsOperator(notice);
        vm.expectRevert(abi.encodeWithSelector(ICourt.EpochOutOfOrder.selector, 2, 1));
        court.illegitimateAudit(subject, notice, signature);
    }

    function test_illegitimateAudit_refuses_a_notice_of_another_leaf() public {
        (SealedLeaf memory subject, AuditNotice memory notice,) = audited(0);
        notice.leaf = "x";
        bytes memory signature = signAsOperator(notice);
        refuseMismatch("x", leafOf(subject.leaf));
        court.illegitimateAudit(subject, notice, signature);
    }

    function test_illegitimateAudit_refuses_a_notice_that_the_operator_did_not_sign() public {
        (SealedLeaf memory subject, AuditNotice memory notice,) = audited(0);
        bytes[] memory bad = badSignatures(operator, structOf(notice));
        for (uint256 i; i < bad.length; ++i) {
            refuseSigner(operator.addr);
            court.illegitimateAudit(subject, notice, bad[i]);
        }
    }

    function test_illegitimateAudit_refuses_a_leaf_that_was_drawn() public {
        (SealedLeaf memory subject, AuditNotice memory notice, bytes memory signature) = audited(ALWAYS);
        vm.expectRevert(abi.encodeWithSelector(ICourt.WasSelected.selector, 1, leafOf(subject.leaf)));
        court.illegitimateAudit(subject, notice, signature);
        vm.assertEq(bondedOf(operator.addr), OPERATOR_BOND);
    }

    function test_illegitimateAudit_refuses_before_the_draw() public {
        Work memory w = sealWork(4, 0);
        SealedLeaf memory subject = subjectOf(w, 0);
        AuditNotice memory notice = AuditNotice(1, leafOf(subject.leaf), 1);
        bytes memory signature = signAsOperator(notice);
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotDrawn.selector, 1));
        court.illegitimateAudit(subject, notice, signature);
    }

    function test_illegitimateAudit_costs_the_operator_the_penalty_at_once_and_tells() public {
        (SealedLeaf memory subject, AuditNotice memory notice, bytes memory signature) = audited(0);
        bytes32 id = idOf(ICourt.Kind.IllegitimateAudit, operator.addr, leafOf(subject.leaf));
        vm.expectEmit(address(court));
        emit ICourt.HarmNamed(id, worker.addr, COMPENSATION);
        vm.expectEmit(address(court));
        emit ICourt.CaseOpened(
            id, operator.addr, reporter, ICourt.Kind.IllegitimateAudit, ICourt.State.Closed, 500e6, 0
        );
        vm.prank(reporter);
        vm.assertEq(court.illegitimateAudit(subject, notice, signature), id);
        vm.assertEq(bondedOf(operator.addr), OPERATOR_BOND - 500e6);
        vm.assertEq(frozenOf(operator.addr), 0);
        vm.assertEq(stake.claimable(worker.addr), COMPENSATION);
        vm.assertEq(stake.claimable(reporter), 100e6);
        vm.assertEq(stake.claimable(insurance), 400e6 - COMPENSATION);
        uint256 before = usd.balanceOf(worker.addr);
        stake.claim(worker.addr);
        vm.assertEq(usd.balanceOf(worker.addr), before + COMPENSATION);
        checkCase(id, ICourt.State.Closed, 0);
    }

    function test_illegitimateAudit_tries_one_leaf_once_however_many_notices() public {
        (SealedLeaf memory subject, AuditNotice memory notice, bytes memory signature) = audited(0);
        bytes32 id = court.illegitimateAudit(subject, notice, signature);
        notice.issuedAt += 1;
        signature = signAsOperator(notice);
        refuseKnown(id);
        court.illegitimateAudit(subject, notice, signature);
    }

    function test_illegitimateAudit_punishes_each_leaf_and_leaves_the_rest_alone() public {
        Work memory w = sealWork(4, 0);
        drawNow();
        for (uint256 i; i < 2; ++i) {
            AuditNotice memory notice = AuditNotice(1, leafOf(w.leaves[i]), 1);
            court.illegitimateAudit(subjectOf(w, i), notice, signAsOperator(notice));
        }
        vm.assertEq(bondedOf(operator.addr), OPERATOR_BOND - 500e6 - 475e6);
        vm.assertEq(bondedOf(worker.addr), BOND);
        vm.assertEq(court.brakeLevel(), 0);
    }

    function test_illegitimateAudit_does_not_revert_for_want_of_stake() public {
        (SealedLeaf memory subject, AuditNotice memory notice, bytes memory signature) = audited(0);
        vm.startPrank(operator.addr);
        stake.unbond(OPERATOR_BOND);
        elapse(Deployment.THAW);
        stake.withdraw();
        vm.stopPrank();
        bytes32 id = court.illegitimateAudit(subject, notice, signature);
        checkCase(id, ICourt.State.Closed, 0);
        vm.assertEq(stake.claimable(worker.addr), 0);
    }

    function test_illegitimateAudit_refuses_every_change_of_a_word() public {
        refuseEveryChange(auditCall(), 255);
    }

    function testFuzz_illegitimateAudit_refuses_every_changed_bit(uint256 position) public {
        refuseChangedBit(auditCall(), position);
    }

    // equivocation

    function test_equivocation_refuses_seals_of_two_epochs() public {
        (EpochSeal memory a, EpochSeal memory b) = twoSeals();
        b.epoch = 2;
        (bytes memory signatureA, bytes memory signatureB) = (signAsOperator(a), signAsOperator(b));
        vm.expectRevert(abi.encodeWithSelector(ICourt.EpochOutOfOrder.selector, 2, 1));
        court.equivocation(a, signatureA, b, signatureB);
    }

    function test_equivocation_refuses_the_same_seal_twice() public {
        (EpochSeal memory a,) = twoSeals();
        bytes memory signature = signAsOperator(a);
        vm.expectRevert(abi.encodeWithSelector(ICourt.SameClaim.selector, structOf(a)));
        court.equivocation(a, signature, a, signature);
        sealAs(a);
        vm.expectRevert(abi.encodeWithSelector(ICourt.SameClaim.selector, structOf(a)));
        court.equivocation(a, "", a, signature);
    }

    function test_equivocation_refuses_what_the_operator_did_not_sign() public {
        (EpochSeal memory a, EpochSeal memory b) = twoSeals();
        bytes memory good = signAsOperator(a);
        bytes[] memory bad = badSignatures(operator, structOf(b));
        for (uint256 i; i < bad.length; ++i) {
            refuseSigner(operator.addr);
            court.equivocation(a, good, b, bad[i]);
            refuseSigner(operator.addr);
            court.equivocation(b, bad[i], a, good);
        }
        sealAs(a);
        refuseSigner(operator.addr);
        court.equivocation(a, "", b, bad[0]);
        refuseSigner(operator.addr);
        court.equivocation(b, bad[0], a, "");
    }

    function test_equivocation_takes_the_whole_bond_for_two_signed_seals_and_tells() public {
        (EpochSeal memory a, EpochSeal memory b) = twoSeals();
        (bytes memory signatureA, bytes memory signatureB) = (signAsOperator(a), signAsOperator(b));
        bytes32 id = idOf(ICourt.Kind.Equivocation, operator.addr, bytes32(uint256(1)));
        vm.expectEmit(address(court));
        emit ICourt.CaseOpened(
            id, operator.addr, reporter, ICourt.Kind.Equivocation, ICourt.State.Closed, OPERATOR_BOND, 0
        );
        vm.prank(reporter);
        vm.assertEq(court.equivocation(a, signatureA, b, signatureB), id);
        vm.assertEq(bondedOf(operator.addr), 0);
        vm.assertEq(stake.claimable(reporter), OPERATOR_BOND / 5);
        vm.assertEq(stake.claimable(insurance), OPERATOR_BOND - OPERATOR_BOND / 5);
    }

    function test_equivocation_does_not_read_the_signature_of_the_seal_that_stands() public {
        (EpochSeal memory a, EpochSeal memory b) = twoSeals();
        sealAs(a);
        uint256 start = vm.snapshotState();
        court.equivocation(a, "", b, signAsOperator(b));
        vm.assertEq(bondedOf(operator.addr), 0);
        vm.revertToState(start);
        court.equivocation(b, signAsOperator(b), a, "");
        vm.assertEq(bondedOf(operator.addr), 0);
    }

    function test_equivocation_tries_one_epoch_once() public {
        (EpochSeal memory a, EpochSeal memory b) = twoSeals();
        (bytes memory signatureA, bytes memory signatureB) = (signAsOperator(a), signAsOperator(b));
        bytes32 id = court.equivocation(a, signatureA, b, signatureB);
        bond(operator.addr, 1e6);
        refuseKnown(id);
        court.equivocation(b, signatureB, a, signatureA);
        // The next epoch is another offence.
        (a.epoch, b.epoch) = (2, 2);
        court.equivocation(a, signAsOperator(a), b, signAsOperator(b));
        vm.assertEq(bondedOf(operator.addr), 0);
    }

    function test_equivocation_has_another_id_than_withholding_the_same_epoch() public {
        (EpochSeal memory a, EpochSeal memory b) = twoSeals();
        sealAs(a);
        vm.roll(court.epochOf(1).drawBlock + Deployment.policy().revealWindow + 1);
        bytes32 withheld = court.withheldBeacon();
        bytes32 equivocated = court.equivocation(a, "", b, signAsOperator(b));
        vm.assertTrue(withheld != equivocated);
        vm.assertEq(bondedOf(operator.addr), 0);
    }

    function test_equivocation_refuses_every_change_of_a_word() public {
        refuseEveryChange(equivocationCall(), 255);
    }

    function testFuzz_equivocation_refuses_every_changed_bit(uint256 position) public {
        refuseChangedBit(equivocationCall(), position);
    }

    // attestationDigest, verdictDigest

    function testFuzz_attestationDigest_is_what_the_worker_signs(ResultAttestation memory a) public view {
        vm.assertEq(court.attestationDigest(a), digestOf(a));
    }

    // words

    function contradictSealed(Work memory w, uint256 i) private returns (bytes32) {
        SignedAttestation memory a = signed(w.results[i]);
        SignedAttestation memory b = signed(otherClaimOf(i));
        vm.prank(reporter);
        return court.contradiction(a, b);
    }

    function contradictionCall() private view returns (bytes memory) {
        return abi.encodeCall(Court.contradiction, (signed(claimOf(1)), signed(otherClaimOf(1))));
    }

    function compensateCall() private returns (bytes memory) {
        Work memory w = drawnWork();
        bytes32 id = contradictSealed(w, 0);
        return abi.encodeCall(Court.compensate, (id, signed(w.results[0]), subjectOf(w, 0)));
    }

    /// @dev The operator audits the first of four results, each drawn at `rateBps`.
    function audited(uint16 rateBps)
        private
        returns (SealedLeaf memory subject, AuditNotice memory notice, bytes memory signature)
    {
        Work memory w = sealWork(4, rateBps);
        drawNow();
        subject = subjectOf(w, 0);
        notice = AuditNotice(1, leafOf(subject.leaf), 1_800_000_000);
        signature = signAsOperator(notice);
    }

    function auditCall() private returns (bytes memory) {
        (SealedLeaf memory subject, AuditNotice memory notice, bytes memory signature) = audited(0);
        return abi.encodeCall(Court.illegitimateAudit, (subject, notice, signature));
    }

    function twoSeals() private view returns (EpochSeal memory a, EpochSeal memory b) {
        (a, b) = (nextSeal(), nextSeal());
        b.root = "another root";
    }

    function equivocationCall() private view returns (bytes memory) {
        (EpochSeal memory a, EpochSeal memory b) = twoSeals();
        return abi.encodeCall(Court.equivocation, (a, signAsOperator(a), b, signAsOperator(b)));
    }

    function signAsOperator(AuditNotice memory n) private view returns (bytes memory) {
        return sign(operator.secret, digestOf(n));
    }

    function signAsOperator(EpochSeal memory s) private view returns (bytes memory) {
        return sign(operator.secret, digestOf(s));
    }

    function claimHash(ResultAttestation memory a) private pure returns (bytes32) {
        bytes32[10] memory parts = [
            a.assignment,
            a.modelDigest,
            a.profileDigest,
            a.inputDigest,
            a.outputCommitment,
            a.evidenceRoot,
            a.toleranceDigest,
            bytes32(uint256(a.method)),
            bytes32(uint256(a.inputUnits)),
            bytes32(uint256(a.outputUnits))
        ];
        return keccak256(abi.encode(parts));
    }

    function refuseKnown(bytes32 id) private {
        vm.expectRevert(abi.encodeWithSelector(ICourt.KnownCase.selector, id));
    }

    function refuseNotInTree(bytes32 root, bytes32 leaf) private {
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotInTree.selector, root, leaf));
    }
}
