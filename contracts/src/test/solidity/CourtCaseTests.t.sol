// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {TestUSD} from "main/development/TestUSD.sol";
import {ICourt} from "main/interfaces/ICourt.sol";
import {EpochSeal, ResultAttestation, SignedAttestation, VerdictEvidence} from "main/types/Types.sol";
import {BadToken} from "./support/BadTokens.sol";
import {CourtFixture} from "./support/CourtFixture.sol";
import {Deployment} from "./support/Deployment.sol";
import {vm} from "./support/Vm.sol";

/// @dev What becomes of a case, and of the money.
contract CourtCaseTests is CourtFixture {
    uint64 private constant FEE = 2e6; // of an appeal
    uint64 private constant VERIFIER_FEE = 0.05e6;
    uint64 private constant LEAST = 5e6; // penalty

    // appeal

    function test_appeal_refuses_a_case_that_is_not_open() public {
        refuseState("unknown", ICourt.State.None);
        appealAs(worker, "unknown");
        bytes32 held = contradict(1);
        refuseState(held, ICourt.State.Held);
        appealAs(worker, held);
        bond(worker.addr, BOND);
        (bytes32 id,) = convict();
        appealAs(worker, id);
        refuseState(id, ICourt.State.Appealed);
        appealAs(worker, id);
        ruleThat(id, false);
        refuseState(id, ICourt.State.Closed);
        appealAs(worker, id);
    }

    function test_appeal_refuses_whoever_is_not_the_accused() public {
        (bytes32 id,) = convict();
        address[3] memory others = [reporter, worker.key, arbiter];
        for (uint256 i; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ICourt.NotAccused.selector, id, others[i]));
            vm.prank(others[i]);
            court.appeal(id);
        }
    }

    function test_appeal_refuses_after_the_window() public {
        (bytes32 id,) = convict();
        uint40 deadline = court.caseOf(id).deadline;
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(ICourt.TooLate.selector, deadline));
        appealAs(worker, id);
        vm.warp(deadline);
        appealAs(worker, id);
    }

    function test_appeal_freezes_the_fee_starts_the_ruling_and_tells() public {
        (bytes32 id,) = convict();
        elapse(1 hours);
        uint40 deadline = uint40(vm.getBlockTimestamp()) + Deployment.policy().ruling;
        vm.expectEmit(address(court));
        emit ICourt.Appealed(id, PENALTY + FEE, deadline);
        appealAs(worker, id);
        vm.assertEq(frozenOf(worker.addr), PENALTY + FEE);
        vm.assertEq(court.caseOf(id).deadline, deadline);
        checkCase(id, ICourt.State.Appealed, PENALTY + FEE);
    }

    function test_appeal_is_open_to_whoever_has_nothing_left_for_the_fee() public {
        shrinkBond(LEAST + 1);
        (bytes32 id,) = convict();
        appealAs(worker, id);
        checkCase(id, ICourt.State.Appealed, LEAST + 1);
        ruleThat(id, false);
        vm.assertEq(frozenOf(worker.addr), 0);
    }

    function test_appeal_forgets_what_a_total_loss_took() public {
        (bytes32 id,) = convict();
        contradict(100);
        bond(worker.addr, BOND);
        appealAs(worker, id);
        checkCase(id, ICourt.State.Appealed, FEE);
        vm.assertEq(frozenOf(worker.addr), FEE);
    }

    // rule

    function test_rule_refuses_whoever_lacks_the_role() public {
        (bytes32 id,) = convict();
        appealAs(worker, id);
        address[3] memory others = [operator.addr, settler, worker.addr];
        for (uint256 i; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, others[i]));
            vm.prank(others[i]);
            court.rule(id, true);
        }
    }

    function test_rule_refuses_a_case_that_nobody_appealed() public {
        refuseState("unknown", ICourt.State.None);
        ruleThat("unknown", true);
        (bytes32 id,) = convict();
        refuseState(id, ICourt.State.Open);
        ruleThat(id, true);
        afterWindow();
        court.close(id);
        refuseState(id, ICourt.State.Closed);
        ruleThat(id, true);
    }

    function test_rule_refuses_after_the_time_for_it() public {
        (bytes32 id,) = convict();
        appealAs(worker, id);
        uint40 deadline = court.caseOf(id).deadline;
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(ICourt.TooLate.selector, deadline));
        ruleThat(id, true);
        vm.warp(deadline);
        ruleThat(id, true);
    }

    function test_rule_upholds_takes_penalty_and_fee_and_tells() public {
        (bytes32 id,) = convict();
        appealAs(worker, id);
        vm.expectEmit(address(court));
        emit ICourt.Upheld(id);
        vm.expectEmit(address(court));
        emit ICourt.Collected(id, PENALTY + FEE, 0);
        ruleThat(id, true);
        vm.assertEq(bondedOf(worker.addr), BOND - PENALTY - FEE);
        vm.assertEq(frozenOf(worker.addr), 0);
        vm.assertEq(stake.claimable(reporter), (PENALTY + FEE) / 5);
        checkCase(id, ICourt.State.Closed, 0);
    }

    function test_rule_dismisses_gives_all_back_and_tells() public {
        (bytes32 id,) = convict();
        appealAs(worker, id);
        vm.expectEmit(address(court));
        emit ICourt.Dismissed(id);
        ruleThat(id, false);
        vm.assertEq(bondedOf(worker.addr), BOND);
        vm.assertEq(frozenOf(worker.addr), 0);
        vm.assertEq(stake.claimable(reporter), 0);
        vm.assertEq(stake.claimable(requester), 0);
        checkCase(id, ICourt.State.Closed, 0);
    }

    function test_rule_leaves_due_what_the_brake_holds_back() public {
        bond(worker.addr, 99 * BOND);
        (bytes32 id,) = convict();
        appealAs(worker, id);
        uint64 room = braked();
        ruleThat(id, true);
        checkCase(id, ICourt.State.Due, 100 * PENALTY + FEE - room);
        refuseState(id, ICourt.State.Due);
        ruleThat(id, false);
    }

    // close

    function test_close_refuses_an_unknown_case_and_a_closed_one() public {
        refuseState("unknown", ICourt.State.None);
        court.close("unknown");
        (bytes32 id,) = convict();
        afterWindow();
        court.close(id);
        refuseState(id, ICourt.State.Closed);
        court.close(id);
        vm.assertEq(bondedOf(worker.addr), BOND - PENALTY);
    }

    function test_close_refuses_before_the_time() public {
        (bytes32 id,) = convict();
        refuseEarly(id);
        appealAs(worker, id);
        refuseEarly(id);
        refuseEarly(contradict(100));
    }

    function test_close_lets_a_case_stand_that_nobody_answered() public {
        (bytes32 id,) = convict();
        afterWindow();
        vm.expectEmit(address(court));
        emit ICourt.Upheld(id);
        vm.expectEmit(address(court));
        emit ICourt.Collected(id, PENALTY, 0);
        vm.prank(person("anybody").addr);
        court.close(id);
        vm.assertEq(bondedOf(worker.addr), BOND - PENALTY);
        vm.assertEq(frozenOf(worker.addr), 0);
        checkCase(id, ICourt.State.Closed, 0);
    }

    function test_close_lets_a_case_fall_that_nobody_ruled() public {
        (bytes32 id,) = convict();
        appealAs(worker, id);
        elapse(Deployment.policy().ruling + 1);
        vm.expectEmit(address(court));
        emit ICourt.Dismissed(id);
        vm.prank(person("anybody").addr);
        court.close(id);
        vm.assertEq(bondedOf(worker.addr), BOND);
        vm.assertEq(frozenOf(worker.addr), 0);
        checkCase(id, ICourt.State.Closed, 0);
    }

    function test_close_gives_a_contradiction_without_a_named_requester_to_the_insurance() public {
        bytes32 id = contradict(1);
        afterWindow();
        court.close(id);
        vm.assertEq(stake.claimable(reporter), BOND / 5);
        vm.assertEq(stake.claimable(insurance), BOND - BOND / 5);
        vm.assertEq(stake.pot(), 0);
        checkCase(id, ICourt.State.Closed, 0);
    }

    function test_close_cannot_be_outrun_by_unbonding() public {
        vm.prank(worker.addr);
        stake.unbond(BOND);
        elapse(Deployment.THAW - 1);
        (bytes32 id,) = convict();
        elapse(1);
        vm.prank(worker.addr);
        vm.assertEq(stake.withdraw(), BOND - PENALTY);
        afterWindow();
        court.close(id);
        vm.assertEq(bondedOf(worker.addr), 0);
        vm.assertEq(stake.claimable(reporter), PENALTY / 5);
    }

    function test_close_outlasts_every_delay_before_the_stake_can_leave() public {
        // The worker begins to leave as soon as it is sealed; evidence, appeal and ruling come at the last moment.
        Work memory w = drawnWork();
        uint256 sealedAt = court.epochOf(1).sealedAt;
        VerdictEvidence memory e = convictionOf(w, wellSeated(w), 0);
        vm.prank(worker.addr);
        stake.unbond(BOND);
        vm.warp(sealedAt + Deployment.policy().maxAge);
        bytes32 id = court.verdict(e);
        vm.warp(court.caseOf(id).deadline);
        appealAs(worker, id);
        vm.warp(court.caseOf(id).deadline);
        ruleThat(id, true);
        vm.assertTrue(vm.getBlockTimestamp() + 1 days <= stake.bondOf(worker.addr).readyAt);
        vm.assertEq(bondedOf(worker.addr), BOND - PENALTY - FEE);
    }

    function test_close_takes_the_rest_when_the_bond_is_smaller_than_the_penalty() public {
        shrinkBond(LEAST - 1);
        (bytes32 id,) = convict();
        checkCase(id, ICourt.State.Open, LEAST - 1);
        afterWindow();
        court.close(id);
        vm.assertEq(bondedOf(worker.addr), 0);
        vm.assertEq(stake.claimable(reporter), (LEAST - 1) / 5);
    }

    function test_close_does_not_revert_when_nothing_was_left_to_freeze() public {
        VerdictEvidence memory e = conviction();
        contradict(100);
        bytes32 id = court.verdict(e);
        checkCase(id, ICourt.State.Open, 0);
        afterWindow();
        court.close(id);
        checkCase(id, ICourt.State.Closed, 0);
    }

    function test_close_does_not_take_more_because_a_stranger_topped_the_bond_up() public {
        (bytes32 id,) = convict();
        usd.mint(reporter, BOND);
        vm.startPrank(reporter);
        usd.approve(address(stake), BOND);
        stake.bond(worker.addr, BOND);
        vm.stopPrank();
        afterWindow();
        court.close(id);
        vm.assertEq(bondedOf(worker.addr), 2 * BOND - PENALTY);
    }

    // penalty

    function test_penalty_keeps_its_teeth_when_the_bond_has_shrunk() public {
        shrinkBond(20e6);
        EpochSeal memory earlier = commitCanaries();
        Work memory w = sealWork(8, 0);
        // 5 % of the rest would come to nothing; the least penalty empties the bond in four offences.
        for (uint256 i; i < 4; ++i) {
            bytes32 id = court.canary(failedCanaryOf(earlier, w, i));
            checkCase(id, ICourt.State.Open, LEAST);
        }
        checkCase(court.canary(failedCanaryOf(earlier, w, 4)), ICourt.State.Open, 0);
        vm.assertEq(frozenOf(worker.addr), 20e6);
    }

    function testFuzz_penalty_is_the_share_of_the_bond_or_the_least_or_what_there_is(uint64 bonded) public {
        bonded = bound64(bonded, 0, 1e15);
        shrinkBond(0);
        bond(worker.addr, bonded);
        bytes32 id = court.canary(failedCanary());
        uint64 penalty = bonded / 20 > LEAST ? bonded / 20 : LEAST;
        checkCase(id, ICourt.State.Open, penalty < bonded ? penalty : bonded);
        vm.assertEq(frozenOf(worker.addr), penalty < bonded ? penalty : bonded);
    }

    // brake

    function test_brake_holds_back_what_exceeds_the_share_of_a_day_and_tells() public {
        bond(worker.addr, 99 * BOND);
        (bytes32 id,) = convict();
        afterWindow();
        uint64 room = braked();
        vm.expectEmit(address(court));
        emit ICourt.Collected(id, room, 100 * PENALTY - room);
        court.close(id);
        checkCase(id, ICourt.State.Due, 100 * PENALTY - room);
        vm.assertEq(bondedOf(worker.addr), 100 * BOND - room);
        // What is held back stays frozen.
        vm.assertEq(frozenOf(worker.addr), 100 * PENALTY - room);
        vm.assertEq(court.brakeLevel(), room);
        vm.assertEq(court.brakeSince(), vm.getBlockTimestamp());
        vm.expectRevert(abi.encodeWithSelector(ICourt.Braked.selector, id));
        court.close(id);
    }

    function test_brake_lets_the_rest_through_as_time_passes() public {
        bond(worker.addr, 99 * BOND);
        (bytes32 id,) = convict();
        afterWindow();
        court.close(id);
        uint64 left = court.caseOf(id).amount;
        elapse(6 hours);
        // The bucket has shrunk with the stake, and a quarter of it has leaked.
        uint64 level = court.brakeLevel() - braked() / 4;
        uint64 room = braked() - level;
        court.close(id);
        checkCase(id, ICourt.State.Due, left - room);
        vm.assertEq(court.brakeLevel(), level + room);
        elapse(2 days);
        court.close(id);
        checkCase(id, ICourt.State.Closed, 0);
        vm.assertEq(bondedOf(worker.addr), 100 * (BOND - PENALTY));
        vm.assertEq(frozenOf(worker.addr), 0);
        checkNothingLost(100 * PENALTY);
    }

    function test_brake_holds_for_all_judged_cases_together() public {
        bond(worker.addr, 99 * BOND);
        bond(verifier(20), 100 * BOND);
        EpochSeal memory earlier = commitCanaries();
        Work memory w = sealWork(4, 0);
        bytes32 first = court.canary(failedCanaryOf(earlier, w, 0));
        bytes32 second = court.canary(failedCanaryOf(earlier, w, 1));
        afterWindow();
        uint64 room = braked();
        court.close(first);
        checkCase(first, ICourt.State.Closed, 0);
        court.close(second);
        // Measured by the stake that was left after the first.
        uint64 left = room - 100 * PENALTY - 100 * PENALTY / 40;
        checkCase(second, ICourt.State.Due, 100 * PENALTY - left);
    }

    function test_brake_pays_each_party_what_it_is_owed_once_over_several_calls() public {
        bond(worker.addr, 99 * BOND);
        Work memory w = prepare(8, ALWAYS);
        for (uint256 i; i < 8; ++i) {
            w.leaves[i].price = 1_000e6;
        }
        renew(w);
        sealAs(w.epochSeal);
        drawNow();
        VerdictEvidence memory e = convictionOf(w, wellSeated(w), 0);
        vm.prank(reporter);
        bytes32 id = court.verdict(e);
        afterWindow();
        court.close(id);
        for (uint256 i; i < 20 && court.caseOf(id).state == ICourt.State.Due; ++i) {
            elapse(4 hours);
            court.close(id);
        }
        checkCase(id, ICourt.State.Closed, 0);
        vm.assertEq(stake.claimable(requester), 2_000e6);
        for (uint256 i; i < e.votes.length; ++i) {
            vm.assertEq(stake.claimable(e.votes[i].entry.verifier), VERIFIER_FEE);
        }
        vm.assertLe(stake.claimable(reporter), 1_000e6);
        vm.assertGe(stake.claimable(reporter), 1_000e6 - 20);
        checkNothingLost(5_000e6);
    }

    function test_brake_rounds_up_so_that_dust_can_be_taken() public {
        // All leave but one unit of the worker's.
        address[12] memory all;
        (all[10], all[11]) = (operator.addr, worker.addr);
        for (uint256 i; i < 10; ++i) {
            all[i] = jury[i].verifier;
        }
        for (uint256 i; i < 12; ++i) {
            uint64 bonded = bondedOf(all[i]);
            vm.prank(all[i]);
            stake.unbond(all[i] == worker.addr ? bonded - 1 : bonded);
        }
        elapse(Deployment.THAW);
        for (uint256 i; i < 12; ++i) {
            vm.prank(all[i]);
            stake.withdraw();
        }
        vm.assertEq(stake.totalBonded(), 1);
        bytes32 id = court.canary(failedCanary());
        checkCase(id, ICourt.State.Open, 1);
        afterWindow();
        court.close(id);
        checkCase(id, ICourt.State.Closed, 0);
        vm.assertEq(stake.totalBonded(), 0);
        vm.assertEq(stake.claimable(insurance), 1);
    }

    function testFuzz_brake_lets_no_day_take_more_than_a_twentieth_of_all_stake(uint32[12] memory pauses) public {
        bond(worker.addr, 999 * BOND);
        EpochSeal memory earlier = commitCanaries();
        Work memory w = sealWork(4, 0);
        bytes32[3] memory ids;
        for (uint256 i; i < 3; ++i) {
            ids[i] = court.canary(failedCanaryOf(earlier, w, i));
        }
        afterWindow();
        uint64 total = stake.totalBonded();
        uint256[13] memory times;
        uint64[13] memory left;
        for (uint256 step; step < 13; ++step) {
            for (uint256 i; i < 3; ++i) {
                (bool moved,) = address(court).call(abi.encodeCall(ICourt.close, (ids[i])));
                moved;
            }
            (times[step], left[step]) = (vm.getBlockTimestamp(), stake.totalBonded());
            uint64 before = total;
            for (uint256 i; i < step; ++i) {
                if (times[i] + 1 days < times[step]) before = left[i];
            }
            vm.assertLe(before - left[step], total / 20 + 13, "taken within a day");
            if (step < 12) elapse(bound(pauses[step], 0, 30 hours));
        }
        vm.assertTrue(left[0] < total);
    }

    // proceeds

    function test_proceeds_go_to_the_harmed_the_voters_the_reporter_and_the_insurance() public {
        (bytes32 id, VerdictEvidence memory e) = convict();
        afterWindow();
        court.close(id);
        uint64 voters = uint64(e.votes.length) * VERIFIER_FEE;
        vm.assertEq(e.votes.length, 6);
        vm.assertEq(stake.claimable(requester), COMPENSATION);
        for (uint256 i; i < 6; ++i) {
            vm.assertEq(stake.claimable(e.votes[i].entry.verifier), VERIFIER_FEE);
        }
        vm.assertEq(stake.claimable(reporter), PENALTY / 5);
        vm.assertEq(stake.claimable(insurance), PENALTY - COMPENSATION - voters - PENALTY / 5);
        vm.assertEq(stake.pot(), 0);
        for (uint256 i; i < jury.length; ++i) {
            bool voted;
            for (uint256 v; v < 6; ++v) {
                voted = voted || e.votes[v].entry.index == jury[i].index;
            }
            if (!voted) vm.assertEq(stake.claimable(jury[i].verifier), 0);
        }
    }

    function test_proceeds_reach_the_harmed_first_and_the_reporter_last() public {
        shrinkBond(0.3e6);
        (bytes32 id, VerdictEvidence memory e) = convict();
        afterWindow();
        court.close(id);
        // Half to the harmed, the other half among the voters, whom it does not cover; nothing is left.
        vm.assertEq(stake.claimable(requester), 0.15e6);
        for (uint256 i; i < 6; ++i) {
            vm.assertEq(stake.claimable(e.votes[i].entry.verifier), 0.025e6);
        }
        vm.assertEq(stake.claimable(reporter), 0);
        vm.assertEq(stake.claimable(insurance), 0);
        vm.assertEq(stake.pot(), 0);
    }

    function test_proceeds_leave_the_reporter_what_is_left_when_that_is_less_than_its_share() public {
        shrinkBond(0.7e6);
        (bytes32 id,) = convict();
        afterWindow();
        court.close(id);
        // 0.35 to the harmed, 0.3 to six voters, 0.05 is less than a fifth.
        vm.assertEq(stake.claimable(reporter), 0.05e6);
        vm.assertEq(stake.claimable(insurance), 0);
    }

    function test_proceeds_of_a_self_report_cost_the_accused_most_of_it() public {
        (SignedAttestation memory a, SignedAttestation memory b) = (signed(claimOf(1)), signed(otherClaimOf(1)));
        vm.prank(worker.addr);
        bytes32 id = court.contradiction(a, b);
        afterWindow();
        court.close(id);
        vm.assertEq(stake.claimable(worker.addr), BOND / 5);
        vm.assertEq(bondedOf(worker.addr), 0);
    }

    function test_proceeds_of_a_self_report_do_not_pay_even_when_the_accused_is_its_own_requester() public {
        Work memory w = prepare(2, ALWAYS);
        (w.leaves[0].requester, w.leaves[0].price) = (worker.addr, type(uint64).max);
        renew(w);
        sealAs(w.epochSeal);
        (SignedAttestation memory a, SignedAttestation memory b) = (signed(w.results[0]), signed(otherClaimOf(0)));
        vm.startPrank(worker.addr);
        bytes32 id = court.contradiction(a, b);
        court.compensate(id, a, subjectOf(w, 0));
        vm.stopPrank();
        vm.assertEq(stake.claimable(worker.addr), BOND * 7 / 10);
        vm.assertEq(stake.claimable(insurance), BOND * 3 / 10);
    }

    function test_proceeds_reach_the_purse_of_the_harmed_and_the_wallets_of_the_others() public {
        uint32 account = purse(requester, 1e6, 1e6);
        (bytes32 id, VerdictEvidence memory e) = convict();
        afterWindow();
        court.close(id);
        address[3] memory rewarded = [e.votes[0].entry.verifier, reporter, insurance];
        for (uint256 i; i < 3; ++i) {
            uint256 before = usd.balanceOf(rewarded[i]);
            uint64 due = stake.claimable(rewarded[i]);
            stake.claim(rewarded[i]);
            vm.assertEq(usd.balanceOf(rewarded[i]), before + due);
            vm.assertEq(escrow.idOf(rewarded[i]), 0);
        }
        stake.claim(requester);
        vm.assertEq(balanceOf(account), 1e6 + COMPENSATION);
        vm.assertEq(usd.balanceOf(requester), 0);
    }

    function test_proceeds_are_not_held_up_by_a_reporter_that_the_token_refuses() public {
        BadToken bad = new BadToken();
        system = deployWith(bad);
        (usd, escrow, stake, court) = (TestUSD(address(bad)), system.escrow, system.stake, system.court);
        enroll(operator, OPERATOR_BOND);
        enroll(worker, BOND);
        for (uint256 i; i < jury.length; ++i) {
            enroll(people[jury[i].verifier], VERIFIER_BOND);
        }
        bad.behave(BadToken.Manner.Refuse, reporter);
        (bytes32 id,) = convict();
        afterWindow();
        court.close(id);
        checkCase(id, ICourt.State.Closed, 0);
        vm.expectRevert("unwanted");
        stake.claim(reporter);
        vm.assertEq(stake.claimable(reporter), PENALTY / 5);
        vm.assertEq(stake.claim(requester), COMPENSATION);
        vm.assertEq(balanceOf(escrow.idOf(requester)), COMPENSATION);
        bad.behave(BadToken.Manner.Good, address(0));
        vm.assertEq(stake.claim(reporter), PENALTY / 5);
        vm.assertEq(bad.balanceOf(reporter), PENALTY / 5);
    }

    function test_proceeds_leave_alone_what_is_held_for_another_case() public {
        address another = verifier(20);
        (ResultAttestation memory a, ResultAttestation memory b) = (claimOf(100), otherClaimOf(100));
        (a.worker, b.worker) = (another, another);
        bytes32 held = court.contradiction(signed(a), signed(b));
        (bytes32 id,) = convict();
        afterWindow();
        court.close(id);
        vm.assertEq(stake.pot(), VERIFIER_BOND);
        court.close(held);
        vm.assertEq(stake.pot(), 0);
    }

    function testFuzz_proceeds_lose_and_make_nothing(uint64 bonded, uint64 price) public {
        // A bond that the brake lets through at once.
        bonded = bound64(bonded, 1, BOND);
        shrinkBond(bonded);
        Work memory w = prepare(8, ALWAYS);
        for (uint256 i; i < 8; ++i) {
            w.leaves[i].price = price;
        }
        renew(w);
        sealAs(w.epochSeal);
        drawNow();
        uint256 tried;
        for (uint256 i; i < 8 && tried == 0; ++i) {
            VerdictEvidence memory e = convictionOf(w, i, 0);
            if (e.votes.length < 5) continue;
            vm.prank(reporter);
            bytes32 id = court.verdict(e);
            uint64 penalty = court.caseOf(id).amount;
            afterWindow();
            court.close(id);
            vm.assertEq(bondedOf(worker.addr), bonded - penalty);
            vm.assertLe(stake.claimable(requester), penalty / 2);
            vm.assertLe(stake.claimable(requester), uint256(price) * 2);
            vm.assertLe(stake.claimable(reporter), penalty / 5);
            checkNothingLost(penalty);
            ++tried;
        }
        vm.assertEq(tried, 1);
    }

    // ruin

    function test_ruin_leaves_an_open_case_nothing_to_collect_from_what_was_bonded_later() public {
        (bytes32 id,) = convict();
        contradict(100);
        bond(worker.addr, BOND);
        bytes32 later = accuseAgain();
        afterWindow();
        court.close(id);
        checkCase(id, ICourt.State.Closed, 0);
        vm.assertEq(bondedOf(worker.addr), BOND);
        // What the later case froze is still there for it.
        vm.assertEq(frozenOf(worker.addr), PENALTY);
        court.close(later);
        vm.assertEq(bondedOf(worker.addr), BOND - PENALTY);
    }

    function test_ruin_leaves_a_dismissed_case_nothing_to_release_of_what_was_frozen_later() public {
        (bytes32 id,) = convict();
        appealAs(worker, id);
        contradict(100);
        bond(worker.addr, BOND);
        accuseAgain();
        ruleThat(id, false);
        vm.assertEq(frozenOf(worker.addr), PENALTY);
    }

    function test_ruin_leaves_an_upheld_case_nothing_but_its_fee() public {
        (bytes32 id,) = convict();
        contradict(100);
        bond(worker.addr, BOND);
        accuseAgain();
        appealAs(worker, id);
        ruleThat(id, true);
        vm.assertEq(bondedOf(worker.addr), BOND - FEE);
        vm.assertEq(frozenOf(worker.addr), PENALTY);
    }

    function test_ruin_settles_what_the_brake_had_held_back() public {
        bond(worker.addr, 99 * BOND);
        (bytes32 id,) = convict();
        afterWindow();
        court.close(id);
        vm.assertTrue(court.caseOf(id).amount != 0);
        contradict(100);
        bond(worker.addr, BOND);
        bytes32 later = accuseAgain();
        court.close(id);
        checkCase(id, ICourt.State.Closed, 0);
        vm.assertEq(bondedOf(worker.addr), BOND);
        vm.assertEq(frozenOf(worker.addr), PENALTY);
        checkCase(later, ICourt.State.Open, PENALTY);
    }

    function test_ruin_is_told_apart_from_the_one_before() public {
        contradict(100);
        bond(worker.addr, BOND);
        (bytes32 id,) = convict();
        contradict(101);
        bond(worker.addr, BOND);
        accuseAgain();
        afterWindow();
        court.close(id);
        vm.assertEq(bondedOf(worker.addr), BOND);
        vm.assertEq(frozenOf(worker.addr), PENALTY);
    }

    // words

    /// @dev What a bucket that is empty lets through at once.
    function braked() private view returns (uint64) {
        return stake.totalBonded() / 40;
    }

    /// @dev A second case against the worker: a canary of the epochs that follow.
    function accuseAgain() private returns (bytes32) {
        EpochSeal memory earlier = commitCanaries();
        return court.canary(failedCanaryOf(earlier, sealWork(2, 0), 0));
    }

    function shrinkBond(uint64 to) private {
        if (to == BOND) return;
        vm.startPrank(worker.addr);
        stake.unbond(BOND - to);
        elapse(Deployment.THAW);
        stake.withdraw();
        vm.stopPrank();
        vm.assertEq(bondedOf(worker.addr), to);
    }

    /// @dev All that was taken is somebody's.
    function checkNothingLost(uint64 taken) private view {
        uint256 sum = stake.claimable(requester) + stake.claimable(reporter) + stake.claimable(insurance);
        for (uint256 i; i < jury.length; ++i) {
            sum += stake.claimable(jury[i].verifier);
        }
        vm.assertEq(sum, taken, "what was taken and what was awarded");
        vm.assertEq(stake.pot(), 0);
        vm.assertEq(usd.balanceOf(address(stake)), stake.totalBonded() + sum);
    }

    function refuseState(bytes32 id, ICourt.State state) private {
        vm.expectRevert(abi.encodeWithSelector(ICourt.WrongState.selector, id, state));
    }

    function refuseEarly(bytes32 id) private {
        uint256 deadline = court.caseOf(id).deadline;
        uint256 now_ = vm.getBlockTimestamp();
        vm.warp(deadline);
        vm.expectRevert(abi.encodeWithSelector(ICourt.TooEarly.selector, deadline + 1));
        court.close(id);
        vm.warp(now_);
    }
}
