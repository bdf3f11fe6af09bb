// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Court} from "main/Court.sol";
import {ICourt} from "main/interfaces/ICourt.sol";
import {
    EpochSeal,
    ResultAttestation,
    SignedAttestation,
    Verdict,
    VerdictEvidence,
    VerifierEntry,
    Vote
} from "main/types/Types.sol";
import {CourtFixture} from "./support/CourtFixture.sol";
import {Deployment} from "./support/Deployment.sol";
import {Trees} from "./support/Trees.sol";
import {vm} from "./support/Vm.sol";

/// @dev The verdict of a committee that the beacon drew.
contract CourtVerdictTests is CourtFixture {
    // verdict: the result

    function test_verdict_refuses_a_leaf_that_was_not_sealed() public {
        VerdictEvidence memory e = conviction();
        e.subject.epochSeal.totalPrice += 1;
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotSealed.selector, 1));
        court.verdict(e);
    }

    function test_verdict_refuses_a_leaf_that_is_not_in_the_tree() public {
        VerdictEvidence memory e = conviction();
        e.subject.leaf.auditRateBps -= 1;
        refuseNotInTree(e.subject.epochSeal.root, leafOf(e.subject.leaf));
        court.verdict(e);
        e.subject.leaf.auditRateBps += 1;
        // From an inner node upwards.
        e.subject.proof = new bytes32[](0);
        refuseNotInTree(e.subject.epochSeal.root, leafOf(e.subject.leaf));
        court.verdict(e);
    }

    function test_verdict_refuses_what_was_sealed_too_long_ago() public {
        VerdictEvidence memory e = conviction();
        uint256 latest = vm.getBlockTimestamp() + Deployment.policy().maxAge;
        vm.warp(latest + 1);
        vm.expectRevert(abi.encodeWithSelector(ICourt.TooOld.selector, latest));
        court.verdict(e);
        vm.warp(latest);
        court.verdict(e);
    }

    function test_verdict_refuses_before_the_draw() public {
        Work memory w = sealWork(2, ALWAYS);
        VerdictEvidence memory e;
        (e.subject, e.result) = (subjectOf(w, 0), signed(w.results[0]));
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotDrawn.selector, 1));
        court.verdict(e);
    }

    function test_verdict_refuses_a_leaf_that_was_not_drawn() public {
        Work memory w = sealWork(2, 0);
        drawNow();
        VerdictEvidence memory e = convictionOf(w, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotSelected.selector, 1, leafOf(w.leaves[0])));
        court.verdict(e);
    }

    function test_verdict_refuses_a_result_that_the_worker_did_not_sign() public {
        VerdictEvidence memory e = conviction();
        bytes[] memory bad = badSignatures(worker, structOf(e.result.attestation));
        for (uint256 i; i < bad.length; ++i) {
            e.result.signature = bad[i];
            refuseSigner(worker.addr);
            court.verdict(e);
        }
    }

    function test_verdict_refuses_a_leaf_of_another_result() public {
        Work memory w = drawnWork();
        VerdictEvidence memory e = convictionOf(w, 0, 0);
        e.result = signed(w.results[1]);
        refuseMismatch(w.leaves[0].attestation, w.leaves[1].attestation);
        court.verdict(e);
    }

    function test_verdict_refuses_a_leaf_that_names_another_worker() public {
        Work memory w = prepare(2, ALWAYS);
        w.leaves[0].worker = reporter;
        renew(w);
        sealAs(w.epochSeal);
        drawNow();
        VerdictEvidence memory e = convictionOf(w, 0, 0);
        refuseSigner(worker.addr);
        court.verdict(e);
    }

    function test_verdict_refuses_a_result_that_was_signed_for_another_epoch() public {
        Work memory w = prepare(2, ALWAYS);
        w.results[0].epoch = 2;
        w.leaves[0].attestation = digestOf(w.results[0]);
        renew(w);
        sealAs(w.epochSeal);
        drawNow();
        VerdictEvidence memory e = convictionOf(w, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(ICourt.EpochOutOfOrder.selector, 2, 1));
        court.verdict(e);
    }

    // verdict: the votes

    function test_verdict_refuses_a_fourth_round() public {
        VerdictEvidence memory e = conviction();
        e.round = 3;
        vm.expectRevert(abi.encodeWithSelector(ICourt.RoundOutOfRange.selector, 3));
        court.verdict(e);
    }

    function test_verdict_refuses_too_few_votes() public {
        VerdictEvidence memory e = conviction();
        e.votes = new Vote[](0);
        vm.expectRevert(abi.encodeWithSelector(ICourt.TooFewVotes.selector, 0, 5));
        court.verdict(e);
        e = convictionOf(drawnWork(), 0, 0);
        while (e.votes.length > 4) {
            e.votes = without(e.votes, 0);
        }
        vm.expectRevert(abi.encodeWithSelector(ICourt.TooFewVotes.selector, 4, 5));
        court.verdict(e);
    }

    function test_verdict_takes_five_votes() public {
        VerdictEvidence memory e = conviction();
        e.votes = without(e.votes, firstOf(e, ANOTHER));
        vm.assertEq(e.votes.length, 5);
        court.verdict(e);
    }

    function test_verdict_refuses_votes_that_do_not_ascend() public {
        VerdictEvidence memory e = conviction();
        (e.votes[2], e.votes[3]) = (e.votes[3], e.votes[2]);
        refuseOrder(e.votes[2].entry.verifier, e.votes[3].entry.verifier);
        court.verdict(e);
    }

    function test_verdict_refuses_the_same_vote_twice() public {
        VerdictEvidence memory e = conviction();
        e.votes[3] = e.votes[2];
        refuseOrder(e.votes[2].entry.verifier, e.votes[2].entry.verifier);
        court.verdict(e);
    }

    function test_verdict_refuses_a_verifier_that_votes_with_several_of_its_entries() public {
        // Entries 4 to 9 belong to one verifier: its bond buys seats, not votes.
        for (uint256 i = 5; i < 10; ++i) {
            jury[i].verifier = jury[4].verifier;
        }
        Work memory w = drawnWork();
        VerdictEvidence memory e = convictionOf(w, wellSharedBy(w, jury[4].verifier), 0);
        (uint32[] memory general,) = seatsOf(e);
        Vote[] memory votes = new Vote[](5);
        uint256 count;
        for (uint256 i; i < e.votes.length && e.votes[i].entry.verifier < jury[4].verifier; ++i) {
            votes[count++] = e.votes[i];
        }
        for (uint256 i = 4; i < 10 && count < 5; ++i) {
            if (has(general, jury[i].index)) votes[count++] = vote(e, jury[i]);
        }
        for (uint256 i; i < e.votes.length && count < 5; ++i) {
            if (e.votes[i].entry.verifier > jury[4].verifier) votes[count++] = e.votes[i];
        }
        vm.assertEq(count, 5);
        e.votes = votes;
        refuseOrder(jury[4].verifier, jury[4].verifier);
        court.verdict(e);
    }

    function test_verdict_refuses_a_verifier_of_nobody() public {
        VerdictEvidence memory e = conviction();
        e.votes[0].entry.verifier = address(0);
        refuseOrder(address(0), address(0));
        court.verdict(e);
    }

    function test_verdict_refuses_a_voter_that_is_not_in_the_snapshot() public {
        VerdictEvidence memory e = conviction();
        e.votes[1].entry.rank += 1;
        refuseNotInTree(e.subject.epochSeal.verifierSetRoot, leafOf(e.votes[1].entry));
        court.verdict(e);
    }

    function test_verdict_refuses_a_voter_that_was_not_drawn() public {
        VerdictEvidence memory e = conviction();
        VerifierEntry[] memory members = membersOf(e);
        uint256 refused;
        for (uint256 i; i < jury.length; ++i) {
            bool member;
            for (uint256 m; m < members.length; ++m) {
                member = member || members[m].index == jury[i].index;
            }
            if (member) continue;
            VerdictEvidence memory with = copyOf(e);
            with.votes = inserted(with.votes, vote(e, jury[i]));
            refuseSeat(jury[i].verifier);
            court.verdict(with);
            ++refused;
        }
        vm.assertEq(refused, 4);
    }

    function test_verdict_refuses_a_voter_of_another_profile_by_its_rank() public {
        // As many of another profile, so that their ranks and counts are those of the worker's.
        assemble(4, 4);
        Work memory w = drawnWork();
        uint256 tried;
        for (uint256 i; i < w.leaves.length; ++i) {
            VerdictEvidence memory e = convictionOf(w, i, 0);
            if (e.votes.length < 5) continue;
            (uint32[] memory general, uint32[] memory own) = seatsOf(e);
            for (uint256 j = 4; j < 8; ++j) {
                if (has(general, jury[j].index) || !has(own, jury[j].rank)) continue;
                VerdictEvidence memory with = copyOf(e);
                with.votes = inserted(with.votes, vote(e, jury[j]));
                refuseSeat(jury[j].verifier);
                court.verdict(with);
                ++tried;
            }
        }
        vm.assertGe(tried, 1);
    }

    function test_verdict_refuses_the_worker_on_its_own_committee() public {
        assemble(3, 4);
        jury[0].verifier = worker.addr;
        Work memory w = drawnWork();
        VerdictEvidence memory e = convictionOf(w, wellSeated(w), 0);
        bool seated;
        for (uint256 i; i < e.votes.length; ++i) {
            seated = seated || e.votes[i].entry.verifier == worker.addr;
        }
        vm.assertTrue(seated);
        refuseSeat(worker.addr);
        court.verdict(e);
    }

    function test_verdict_refuses_too_few_of_the_profile_of_the_worker() public {
        // Only one verifier runs the worker's profile: nobody can say whether the difference is the profile's.
        assemble(1, 4);
        Work memory w = drawnWork();
        VerdictEvidence memory e = convictionOf(w, seatedBy(w, 5), 0);
        vm.expectRevert(abi.encodeWithSelector(ICourt.TooFewOfProfile.selector, 1, 2));
        court.verdict(e);
    }

    function test_verdict_refuses_a_committee_without_the_profile_of_the_worker() public {
        assemble(0, 5);
        for (uint32 i; i < 3; ++i) {
            // Seats for a third profile, so that five sit.
            jury.push(VerifierEntry(5 + i, verifier(5 + i), "third", i, 3));
        }
        Work memory w = drawnWork();
        VerdictEvidence memory e = convictionOf(w, 0, 0);
        // Four general seats are all that there are.
        vm.assertEq(e.votes.length, 4);
        vm.expectRevert(abi.encodeWithSelector(ICourt.TooFewVotes.selector, 4, 5));
        court.verdict(e);
        (uint32[] memory general,) = seatsOf(e);
        uint256 outsider;
        while (has(general, jury[outsider].index)) ++outsider;
        e.votes = inserted(e.votes, vote(e, jury[outsider]));
        refuseSeat(jury[outsider].verifier);
        court.verdict(e);
    }

    function test_verdict_takes_exactly_two_of_the_profile_of_the_worker() public {
        assemble(2, 4);
        Work memory w = drawnWork();
        VerdictEvidence memory e = convictionOf(w, seatedBy(w, 5), 0);
        court.verdict(e);
    }

    function test_verdict_refuses_a_snapshot_that_lies_about_how_many_have_the_profile() public {
        // Entry 3 says that it is the last of four, the others that they are three: each count draws other seats.
        assemble(4, 6);
        for (uint256 i; i < 3; ++i) {
            jury[i].ofProfile = 3;
        }
        Work memory w = drawnWork();
        uint256 tried;
        for (uint256 i; i < w.leaves.length; ++i) {
            VerdictEvidence memory e = convictionOf(w, i, 0);
            (uint32[] memory general, uint32[] memory own) = seatsOf(e);
            // Entry 3 sits by its rank alone, in a draw of four.
            if (has(general, 3) || !has(own, 3) || e.votes.length < 5) continue;
            // The count of the last to vote is taken: whoever counts otherwise has no seat by its rank.
            (address last, address other) = (address(0), address(0));
            for (uint256 v; v < e.votes.length; ++v) {
                VerifierEntry memory voter = e.votes[v].entry;
                if (voter.profileDigest != PROFILE) continue;
                last = voter.verifier;
                if (other == address(0) && voter.index != 3 && !has(general, voter.index)) other = voter.verifier;
            }
            if (last == jury[3].verifier && other == address(0)) continue;
            refuseSeat(last == jury[3].verifier ? other : jury[3].verifier);
            court.verdict(e);
            ++tried;
        }
        vm.assertGe(tried, 1);
    }

    function test_verdict_refuses_a_voter_that_has_too_little_at_stake() public {
        VerdictEvidence memory e = conviction();
        address poor = e.votes[0].entry.verifier;
        uint64 least = Deployment.policy().verifierBond;
        vm.prank(poor);
        stake.unbond(VERIFIER_BOND - least + 1);
        vm.expectRevert(abi.encodeWithSelector(ICourt.TooLittleAtStake.selector, poor, least - 1));
        court.verdict(e);
        vm.prank(poor);
        stake.unbond(VERIFIER_BOND - least);
        court.verdict(e);
    }

    function test_verdict_refuses_a_voter_that_is_not_bonded() public {
        VerdictEvidence memory e = conviction();
        address gone = e.votes[0].entry.verifier;
        vm.startPrank(gone);
        stake.unbond(VERIFIER_BOND);
        vm.expectRevert(abi.encodeWithSelector(ICourt.TooLittleAtStake.selector, gone, 0));
        court.verdict(e);
        vm.stopPrank();
    }

    function test_verdict_refuses_a_voter_whose_stake_is_frozen() public {
        VerdictEvidence memory e = conviction();
        address accused = e.votes[0].entry.verifier;
        vm.prank(address(court));
        stake.freeze(accused, VERIFIER_BOND);
        vm.expectRevert(abi.encodeWithSelector(ICourt.TooLittleAtStake.selector, accused, 0));
        court.verdict(e);
    }

    function test_verdict_refuses_a_vote_that_the_verifier_did_not_sign() public {
        VerdictEvidence memory e = conviction();
        for (uint256 v; v < e.votes.length; v += e.votes.length - 1) {
            address voter = e.votes[v].entry.verifier;
            bytes memory good = e.votes[v].signature;
            bytes[] memory bad = badSignatures(people[voter], structOf(findingOf(e, e.votes[v])));
            for (uint256 i; i < bad.length; ++i) {
                e.votes[v].signature = bad[i];
                refuseSigner(voter);
                court.verdict(e);
            }
            e.votes[v].signature = good;
        }
        court.verdict(e);
    }

    function test_verdict_refuses_the_vote_of_another_round() public {
        Work memory w = drawnWork();
        VerdictEvidence memory e = convictionOf(w, wellSeated(w), 0);
        VerdictEvidence memory second = convictionOf(w, wellSeated(w), 1);
        uint256 tried;
        for (uint256 i; i < e.votes.length; ++i) {
            for (uint256 j; j < second.votes.length; ++j) {
                address voter = e.votes[i].entry.verifier;
                if (voter != second.votes[j].entry.verifier) continue;
                // It sits in both rounds, and found the result invalid in the other.
                Vote memory own = e.votes[i];
                e.votes[i] = second.votes[j];
                refuseSigner(voter);
                court.verdict(e);
                e.votes[i] = own;
                ++tried;
            }
        }
        vm.assertGe(tried, 1);
    }

    function test_verdict_refuses_a_vote_for_another_finding() public {
        drawnWork();
        VerdictEvidence memory e = conviction();
        bytes memory good = e.votes[0].signature;
        address voter = e.votes[0].entry.verifier;
        for (uint256 part; part < 9; ++part) {
            Verdict memory v = findingOf(e, e.votes[0]);
            if (part == 0) v.attestation = "x";
            if (part == 1) v.epoch = 1; // the one before
            if (part == 2) v.round = 1;
            if (part == 3) v.outcome = 1; // valid
            if (part == 4) v.outcome = 3; // inconclusive
            if (part == 5) v.method = 2;
            if (part == 6) v.referenceDigest = "x";
            if (part == 7) v.evidenceRoot = "x";
            if (part == 8) v.verifier = e.votes[1].entry.verifier;
            e.votes[0].signature = sign(people[voter].secret, digestOf(v));
            refuseSigner(voter);
            court.verdict(e);
        }
        e.votes[0].signature = good;
        court.verdict(e);
    }

    function test_verdict_refuses_voters_that_found_different_references() public {
        VerdictEvidence memory e = conviction();
        VerdictEvidence memory other = copyOf(e);
        other.referenceDigest = "another reference";
        e.votes[5] = vote(other, other.votes[5].entry);
        refuseSigner(e.votes[5].entry.verifier);
        court.verdict(e);
    }

    // verdict: the case

    function test_verdict_opens_a_case_names_the_harm_and_tells() public {
        VerdictEvidence memory e = conviction();
        bytes32 id = idOf(ICourt.Kind.Verdict, worker.addr, attemptOf(e.result.attestation));
        uint40 deadline = uint40(vm.getBlockTimestamp()) + Deployment.policy().window;
        vm.expectEmit(address(court));
        emit ICourt.HarmNamed(id, requester, COMPENSATION);
        vm.expectEmit(address(court));
        emit ICourt.CaseOpened(id, worker.addr, reporter, ICourt.Kind.Verdict, ICourt.State.Open, PENALTY, deadline);
        vm.prank(reporter);
        vm.assertEq(court.verdict(e), id);
        ICourt.Case memory c = court.caseOf(id);
        vm.assertEq(c.harmed, requester);
        vm.assertEq(c.compensation, COMPENSATION);
        vm.assertEq(c.verifierFee, Deployment.policy().verifierFee);
        vm.assertEq(c.deadline, deadline);
        vm.assertEq(bondedOf(worker.addr), BOND);
        vm.assertEq(frozenOf(worker.addr), PENALTY);
    }

    function test_verdict_takes_each_round_of_the_draw() public {
        Work memory w = drawnWork();
        for (uint8 round; round < 3; ++round) {
            uint256 start = vm.snapshotState();
            VerdictEvidence memory e = convictionOf(w, seatedIn(w, round), round);
            checkCase(court.verdict(e), ICourt.State.Open, PENALTY);
            vm.revertToState(start);
        }
    }

    function test_verdict_tries_one_attempt_once_in_whichever_round() public {
        VerdictEvidence memory e = conviction();
        bytes32 id = court.verdict(e);
        refuseKnown(id);
        court.verdict(e);
        e.votes = without(e.votes, firstOf(e, ANOTHER));
        refuseKnown(id);
        court.verdict(e);
        appealAs(worker, id);
        ruleThat(id, false);
        // Acquitted once is acquitted for ever.
        refuseKnown(id);
        court.verdict(e);
    }

    function test_verdict_has_another_id_than_the_other_kinds_about_one_attempt() public {
        VerdictEvidence memory e = conviction();
        bytes32 convicted = court.verdict(e);
        ResultAttestation memory other = abi.decode(abi.encode(e.result.attestation), (ResultAttestation));
        other.outputUnits += 1;
        bytes32 contradicted = court.contradiction(e.result, signed(other));
        bytes32 attempt = attemptOf(other);
        vm.assertTrue(convicted != contradicted);
        vm.assertEq(convicted, keccak256(abi.encode(uint256(3), worker.addr, attempt)));
        vm.assertEq(contradicted, keccak256(abi.encode(uint256(1), worker.addr, attempt)));
        for (uint8 kind = 1; kind <= 6; ++kind) {
            for (uint8 second = 1; second < kind; ++second) {
                vm.assertTrue(
                    idOf(ICourt.Kind(kind), worker.addr, attempt) != idOf(ICourt.Kind(second), worker.addr, attempt)
                );
            }
        }
    }

    function test_verdict_punishes_a_second_offence_as_a_second_case() public {
        Work memory w = drawnWork();
        uint256 tried;
        for (uint256 i; i < w.leaves.length && tried < 2; ++i) {
            VerdictEvidence memory e = convictionOf(w, i, 0);
            if (e.votes.length < 5) continue;
            court.verdict(e);
            ++tried;
        }
        vm.assertEq(frozenOf(worker.addr), 2 * PENALTY);
    }

    function test_verdict_refuses_every_change_of_a_word() public {
        refuseEveryChange(abi.encodeCall(Court.verdict, (conviction())), 255);
    }

    function testFuzz_verdict_refuses_every_changed_bit(uint256 position) public {
        refuseChangedBit(abi.encodeCall(Court.verdict, (conviction())), position);
    }

    // verdictDigest

    function testFuzz_verdictDigest_is_what_a_verifier_signs(Verdict memory v) public view {
        vm.assertEq(court.verdictDigest(v), digestOf(v));
    }

    // words

    /// @dev The first result on whose committee `count` distinct verifiers sit.
    function seatedBy(Work memory w, uint256 count) private view returns (uint256 i) {
        for (; i < w.leaves.length; ++i) {
            VerdictEvidence memory e;
            (e.subject.epochSeal, e.subject.leaf) = (w.epochSeal, w.leaves[i]);
            if (membersOf(e).length == count) return i;
        }
        revert("no such committee");
    }

    function seatedIn(Work memory w, uint8 round) private view returns (uint256 i) {
        for (; i < w.leaves.length; ++i) {
            VerdictEvidence memory e;
            (e.subject.epochSeal, e.subject.leaf, e.round) = (w.epochSeal, w.leaves[i], round);
            if (membersOf(e).length >= 5) return i;
        }
        revert("no such committee");
    }

    /// @dev The first result on whose committee `rich` has two general seats or more.
    function wellSharedBy(Work memory w, address rich) private view returns (uint256 i) {
        for (; i < w.leaves.length; ++i) {
            VerdictEvidence memory e;
            (e.subject.epochSeal, e.subject.leaf) = (w.epochSeal, w.leaves[i]);
            (uint32[] memory general,) = seatsOf(e);
            uint256 count;
            for (uint256 j; j < jury.length; ++j) {
                if (jury[j].verifier == rich && has(general, jury[j].index)) ++count;
            }
            if (count >= 2) return i;
        }
        revert("no such committee");
    }

    function copyOf(VerdictEvidence memory e) private pure returns (VerdictEvidence memory) {
        return abi.decode(abi.encode(e), (VerdictEvidence));
    }

    function firstOf(VerdictEvidence memory e, bytes32 profile) private pure returns (uint256 i) {
        while (e.votes[i].entry.profileDigest != profile) ++i;
    }

    function inserted(Vote[] memory votes, Vote memory one_) private pure returns (Vote[] memory all) {
        all = new Vote[](votes.length + 1);
        uint256 place;
        while (place < votes.length && votes[place].entry.verifier < one_.entry.verifier) ++place;
        for (uint256 i; i < all.length; ++i) {
            all[i] = i < place ? votes[i] : i == place ? one_ : votes[i - 1];
        }
    }

    function refuseOrder(address previous, address next) private {
        vm.expectRevert(abi.encodeWithSelector(bytes4(keccak256("NotAscending(address,address)")), previous, next));
    }

    function refuseSeat(address verifier_) private {
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotOnCommittee.selector, verifier_));
    }

    function refuseKnown(bytes32 id) private {
        vm.expectRevert(abi.encodeWithSelector(ICourt.KnownCase.selector, id));
    }

    function refuseNotInTree(bytes32 root, bytes32 leaf) private {
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotInTree.selector, root, leaf));
    }
}
