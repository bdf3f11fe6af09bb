// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Court} from "main/Court.sol";
import {ICourt} from "main/interfaces/ICourt.sol";
import {EpochSeal, Policy} from "main/types/Types.sol";
import {CourtFixture} from "./support/CourtFixture.sol";
import {Deployment} from "./support/Deployment.sol";
import {Vm, vm} from "./support/Vm.sol";

contract CourtSealTests is CourtFixture {
    /// @dev EIP-2935: the contract that remembers block hashes, and its code on every chain.
    address private constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;
    bytes private constant HISTORY_CODE =
        hex"3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500";

    // constructor

    function test_constructor_refuses_periods_that_outlast_the_thaw() public {
        Policy memory p = Deployment.policy();
        p.maxAge = Deployment.THAW - 1 days - p.window - p.ruling;
        deploy(p);
        ++p.maxAge;
        vm.expectRevert(
            abi.encodeWithSelector(ICourt.PeriodsTooLong.selector, uint256(Deployment.THAW) + 1, Deployment.THAW)
        );
        deploy(p);
        p.maxAge = type(uint40).max;
        uint256 needed = uint256(p.maxAge) + p.window + p.ruling + 1 days;
        vm.expectRevert(abi.encodeWithSelector(ICourt.PeriodsTooLong.selector, needed, Deployment.THAW));
        deploy(p);
    }

    function test_constructor_refuses_nobody_as_operator_or_insurance() public {
        vm.expectRevert(ICourt.PolicyOutOfRange.selector);
        new Court(stake, address(0), insurance, 0, Deployment.policy(), address(this));
        vm.expectRevert(ICourt.PolicyOutOfRange.selector);
        new Court(stake, operator.addr, address(0), 0, Deployment.policy(), address(this));
    }

    function test_constructor_refuses_a_draw_that_cannot_work() public {
        Policy memory p = Deployment.policy();
        p.drawDelay = 0;
        refusePolicy(p);
        p = Deployment.policy();
        p.revealWindow = 0;
        refusePolicy(p);
        (p.drawDelay, p.revealWindow) = (8000, 191);
        refusePolicy(p);
        p.drawDelay = type(uint32).max;
        refusePolicy(p);
        (p.drawDelay, p.revealWindow) = (8000, 190);
        vm.assertEq(deploy(p).drawDelay(), 8000);
    }

    function test_constructor_refuses_a_penalty_of_nothing_or_above_half_a_bond() public {
        Policy memory p = Deployment.policy();
        p.penaltyBps = 0;
        refusePolicy(p);
        p.penaltyBps = 5_001;
        refusePolicy(p);
        p.penaltyBps = 5_000;
        vm.assertEq(deploy(p).penaltyBps(), 5_000);
    }

    function test_constructor_refuses_more_than_five_times_the_price_as_compensation() public {
        Policy memory p = Deployment.policy();
        p.compensationBps = 50_001;
        refusePolicy(p);
        p.compensationBps = 50_000;
        vm.assertEq(deploy(p).compensationBps(), 50_000);
    }

    function test_constructor_keeps_the_policy_and_anchors() public {
        Policy memory p = Deployment.policy();
        vm.recordLogs();
        Court c = new Court(stake, operator.addr, insurance, "commitment", p, address(this));
        Vm.Log[] memory logs = vm.getRecordedLogs();
        Vm.Log memory last = logs[logs.length - 1];
        vm.assertEq(last.topics[0], ICourt.Anchored.selector);
        vm.assertEq(abi.decode(last.data, (bytes32)), "commitment");
        vm.assertEq(c.link(), "commitment");
        vm.assertEq(c.authority(), address(this));
        vm.assertTrue(c.maxAge() == p.maxAge && c.window() == p.window && c.ruling() == p.ruling);
        vm.assertTrue(c.drawDelay() == p.drawDelay && c.revealWindow() == p.revealWindow);
        vm.assertTrue(c.penaltyBps() == p.penaltyBps && c.minPenalty() == p.minPenalty);
        vm.assertTrue(c.compensationBps() == p.compensationBps && c.appealFee() == p.appealFee);
        vm.assertTrue(c.verifierFee() == p.verifierFee && c.verifierBond() == p.verifierBond);
        vm.assertEq(c.operator(), operator.addr);
        vm.assertEq(c.insurance(), insurance);
        vm.assertEq(address(c.stake()), address(stake));
    }

    // seal

    function test_seal_refuses_whoever_lacks_the_role() public {
        EpochSeal memory s = nextSeal();
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, operator.addr));
        vm.prank(operator.addr);
        court.seal(s);
    }

    function test_seal_refuses_an_epoch_out_of_order() public {
        EpochSeal memory s = nextSeal();
        s.epoch = 2;
        vm.expectRevert(abi.encodeWithSelector(ICourt.EpochOutOfOrder.selector, 2, 1));
        sealAs(s);
        s.epoch = 0;
        vm.expectRevert(abi.encodeWithSelector(ICourt.EpochOutOfOrder.selector, 0, 1));
        sealAs(s);
        s.epoch = 1;
        sealAs(s);
        drawNow();
        vm.expectRevert(abi.encodeWithSelector(ICourt.EpochOutOfOrder.selector, 1, 2));
        sealAs(s);
    }

    function test_seal_refuses_before_the_last_epoch_is_drawn() public {
        sealAs(nextSeal());
        EpochSeal memory s = nextSeal();
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotDrawn.selector, 1));
        sealAs(s);
    }

    function test_seal_refuses_another_parent() public {
        sealAs(nextSeal());
        drawNow();
        EpochSeal memory s = nextSeal();
        bytes32 parent = s.prevRoot;
        s.prevRoot = 0;
        vm.expectRevert(abi.encodeWithSelector(ICourt.WrongParent.selector, bytes32(0), parent));
        sealAs(s);
    }

    function test_seal_refuses_another_commitment_than_the_chain_goes_on_with() public {
        EpochSeal memory s = nextSeal();
        s.beaconCommitment = preimage(1);
        vm.expectRevert(abi.encodeWithSelector(ICourt.WrongCommitment.selector, preimage(1), preimage(0)));
        sealAs(s);
    }

    function test_seal_refuses_an_epoch_without_results() public {
        EpochSeal memory s = nextSeal();
        s.count = 0;
        vm.expectRevert(abi.encodeWithSelector(ICourt.EmptySeal.selector, 1));
        sealAs(s);
    }

    function test_seal_fixes_the_epoch_and_tells() public {
        EpochSeal memory s = nextSeal();
        uint64 drawBlock = uint64(vm.getBlockNumber()) + Deployment.policy().drawDelay;
        vm.expectEmit(address(court));
        emit ICourt.Sealed(1, s.root, s, drawBlock);
        sealAs(s);
        vm.assertEq(court.latestEpoch(), 1);
        vm.assertEq(court.latestRoot(), s.root);
        ICourt.Epoch memory e = court.epochOf(1);
        vm.assertEq(e.seal, structOf(s));
        vm.assertEq(e.beacon, 0);
        vm.assertEq(e.blockHash, 0);
        vm.assertEq(e.drawBlock, drawBlock);
        vm.assertEq(e.sealedAt, vm.getBlockTimestamp());
        vm.assertFalse(e.withheld);
    }

    function test_seal_leaves_the_epochs_before_as_they_were() public {
        sealAs(nextSeal());
        toDrawBlock();
        court.pin();
        drawNow();
        bytes memory drawn = abi.encode(court.epochOf(1));
        withhold();
        bytes memory withheld = abi.encode(court.epochOf(2));
        elapse(1 days);
        vm.roll(vm.getBlockNumber() + 1);
        sealAs(nextSeal());
        vm.assertEq(keccak256(abi.encode(court.epochOf(1))), keccak256(drawn));
        vm.assertEq(keccak256(abi.encode(court.epochOf(2))), keccak256(withheld));
        vm.assertTrue(court.epochOf(2).withheld);
        vm.assertTrue(court.epochOf(2).sealedAt < court.epochOf(3).sealedAt);
        vm.assertTrue(court.epochOf(2).drawBlock < court.epochOf(3).drawBlock);
        vm.assertTrue(court.epochOf(1).beacon != 0);
        vm.assertTrue(court.epochOf(1).blockHash != 0);
        ICourt.Epoch memory none;
        vm.assertEq(keccak256(abi.encode(court.epochOf(4))), keccak256(abi.encode(none)));
        vm.assertEq(keccak256(abi.encode(court.epochOf(0))), keccak256(abi.encode(none)));
    }

    function test_seal_goes_on_with_the_same_commitment_after_a_withheld_beacon() public {
        withhold();
        EpochSeal memory s = nextSeal();
        vm.assertEq(s.beaconCommitment, preimage(0));
        sealAs(s);
        drawNow();
        vm.assertEq(court.link(), preimage(1));
    }

    // pin

    function test_pin_refuses_before_anything_is_sealed() public {
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotSealed.selector, 0));
        court.pin();
    }

    function test_pin_refuses_until_the_draw_block_is_over() public {
        sealAs(nextSeal());
        uint256 drawBlock = court.epochOf(1).drawBlock;
        vm.roll(drawBlock);
        vm.expectRevert(abi.encodeWithSelector(ICourt.TooEarly.selector, drawBlock + 1));
        court.pin();
    }

    function test_pin_refuses_a_block_that_the_chain_forgot() public {
        sealAs(nextSeal());
        uint64 drawBlock = court.epochOf(1).drawBlock;
        vm.etch(HISTORY, HISTORY_CODE);
        vm.store(HISTORY, bytes32(uint256(drawBlock % 8191)), "the hash");
        vm.roll(drawBlock + 8192);
        vm.expectRevert(abi.encodeWithSelector(ICourt.BlockHashGone.selector, drawBlock));
        court.pin();
    }

    function test_pin_keeps_the_hash_and_tells() public {
        sealAs(nextSeal());
        toDrawBlock();
        bytes32 expected = blockhash(court.epochOf(1).drawBlock);
        vm.assertTrue(expected != 0);
        vm.expectEmit(address(court));
        emit ICourt.Pinned(1, expected);
        vm.prank(reporter);
        court.pin();
        vm.assertEq(court.epochOf(1).blockHash, expected);
        vm.assertEq(court.epochOf(1).beacon, 0);
    }

    function test_pin_finds_the_hash_as_long_as_the_chain_remembers_it() public {
        sealAs(nextSeal());
        uint64 drawBlock = court.epochOf(1).drawBlock;
        vm.etch(HISTORY, HISTORY_CODE);
        vm.store(HISTORY, bytes32(uint256(drawBlock % 8191)), "the hash");
        vm.roll(drawBlock + 8191);
        court.pin();
        vm.assertEq(court.epochOf(1).blockHash, "the hash");
    }

    function test_pin_changes_nothing_when_it_comes_again() public {
        sealAs(nextSeal());
        toDrawBlock();
        court.pin();
        bytes32 kept = court.epochOf(1).blockHash;
        vm.roll(vm.getBlockNumber() + 100_000);
        court.pin();
        vm.assertEq(court.epochOf(1).blockHash, kept);
        court.draw(preimage(1));
        court.pin();
        vm.assertEq(court.epochOf(1).blockHash, kept);
    }

    // draw

    function test_draw_refuses_before_anything_is_sealed() public {
        bytes32 p = preimage(1);
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotSealed.selector, 0));
        court.draw(p);
    }

    function test_draw_refuses_another_preimage() public {
        sealAs(nextSeal());
        toDrawBlock();
        bytes32 p = preimage(2);
        vm.expectRevert(abi.encodeWithSelector(ICourt.WrongPreimage.selector, p));
        court.draw(p);
    }

    function test_draw_refuses_until_the_draw_block_is_over() public {
        sealAs(nextSeal());
        uint256 drawBlock = court.epochOf(1).drawBlock;
        bytes32 p = preimage(1);
        vm.roll(drawBlock);
        vm.expectRevert(abi.encodeWithSelector(ICourt.TooEarly.selector, drawBlock + 1));
        court.draw(p);
    }

    function test_draw_refuses_to_draw_an_epoch_twice() public {
        sealAs(nextSeal());
        drawNow();
        bytes32 p = preimage(2);
        vm.expectRevert(abi.encodeWithSelector(ICourt.AlreadyDrawn.selector, 1));
        court.draw(p);
    }

    function test_draw_refuses_when_the_chain_forgot_the_block_and_nobody_pinned() public {
        sealAs(nextSeal());
        uint64 drawBlock = court.epochOf(1).drawBlock;
        bytes32 p = preimage(1);
        vm.roll(drawBlock + 8192);
        vm.expectRevert(abi.encodeWithSelector(ICourt.BlockHashGone.selector, drawBlock));
        court.draw(p);
    }

    function test_draw_makes_the_beacon_of_preimage_block_and_root() public {
        EpochSeal memory s = nextSeal();
        sealAs(s);
        toDrawBlock();
        bytes32 p = preimage(1);
        bytes32 hash = blockhash(court.epochOf(1).drawBlock);
        bytes32 beacon = keccak256(bytes.concat(p, hash, s.root));
        vm.expectEmit(address(court));
        emit ICourt.Drawn(1, beacon, p, hash);
        vm.prank(reporter);
        court.draw(p);
        vm.assertEq(court.epochOf(1).beacon, beacon);
        vm.assertEq(court.epochOf(1).blockHash, 0);
        vm.assertEq(court.link(), p);
    }

    function test_draw_takes_the_pinned_hash() public {
        EpochSeal memory s = nextSeal();
        sealAs(s);
        toDrawBlock();
        court.pin();
        bytes32 hash = court.epochOf(1).blockHash;
        vm.roll(vm.getBlockNumber() + 100_000);
        court.draw(preimage(1));
        vm.assertEq(court.epochOf(1).beacon, keccak256(bytes.concat(preimage(1), hash, s.root)));
    }

    function test_draw_still_counts_late_while_nobody_declared_it_withheld() public {
        sealAs(nextSeal());
        vm.roll(court.epochOf(1).drawBlock + Deployment.policy().revealWindow + 1);
        vm.etch(HISTORY, HISTORY_CODE);
        vm.store(HISTORY, bytes32(uint256(court.epochOf(1).drawBlock % 8191)), "the hash");
        court.draw(preimage(1));
        vm.assertTrue(court.epochOf(1).beacon != 0);
    }

    function test_draw_refuses_an_epoch_that_was_declared_withheld() public {
        sealAs(nextSeal());
        toDrawBlock();
        court.pin();
        vm.roll(court.epochOf(1).drawBlock + Deployment.policy().revealWindow + 1);
        court.withheldBeacon();
        // Otherwise the operator, which now knows the block's hash, would try preimages until one seats the verifiers it
        // likes, and anchor that.
        bytes32 chosen = "chosen";
        vm.prank(settler);
        court.anchor(keccak256(abi.encode(chosen)));
        vm.expectRevert(abi.encodeWithSelector(ICourt.DeclaredWithheld.selector, 1));
        court.draw(chosen);
        vm.assertEq(court.epochOf(1).beacon, 0);
    }

    // anchor

    function test_anchor_refuses_whoever_lacks_the_role() public {
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, operator.addr));
        vm.prank(operator.addr);
        court.anchor("commitment");
    }

    function test_anchor_refuses_between_a_seal_and_its_draw() public {
        sealAs(nextSeal());
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotDrawn.selector, 1));
        vm.prank(settler);
        court.anchor("commitment");
    }

    function test_anchor_starts_a_new_chain_and_tells() public {
        vm.expectEmit(address(court));
        emit ICourt.Anchored(preimage(7));
        vm.prank(settler);
        court.anchor(preimage(7));
        sealAs(nextSeal());
        drawNow();
        vm.assertEq(court.link(), preimage(8));
    }

    function test_anchor_starts_a_new_chain_after_a_withheld_beacon() public {
        withhold();
        vm.prank(settler);
        court.anchor(preimage(7));
        sealAs(nextSeal());
        drawNow();
        vm.assertEq(court.latestEpoch(), 2);
        vm.assertEq(court.link(), preimage(8));
    }

    // withheldBeacon

    function test_withheldBeacon_refuses_before_anything_is_sealed() public {
        vm.expectRevert(
            abi.encodeWithSelector(ICourt.NotWithheld.selector, 0, uint256(Deployment.policy().revealWindow))
        );
        court.withheldBeacon();
    }

    function test_withheldBeacon_refuses_within_the_reveal_window() public {
        sealAs(nextSeal());
        uint256 from = court.epochOf(1).drawBlock + Deployment.policy().revealWindow;
        vm.roll(from);
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotWithheld.selector, 1, from));
        court.withheldBeacon();
    }

    function test_withheldBeacon_refuses_an_epoch_that_was_drawn() public {
        sealAs(nextSeal());
        drawNow();
        uint256 from = court.epochOf(1).drawBlock + Deployment.policy().revealWindow;
        vm.roll(from + 1);
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotWithheld.selector, 1, from));
        court.withheldBeacon();
    }

    function test_withheldBeacon_refuses_a_second_time_for_one_epoch() public {
        bytes32 id = withhold();
        vm.expectRevert(abi.encodeWithSelector(ICourt.KnownCase.selector, id));
        court.withheldBeacon();
        vm.assertEq(bondedOf(operator.addr), OPERATOR_BOND - 500e6);
    }

    function test_withheldBeacon_costs_the_operator_the_penalty_at_once_and_tells() public {
        sealAs(nextSeal());
        vm.roll(court.epochOf(1).drawBlock + Deployment.policy().revealWindow + 1);
        bytes32 id = idOf(ICourt.Kind.WithheldBeacon, operator.addr, bytes32(uint256(1)));
        vm.expectEmit(address(court));
        emit ICourt.CaseOpened(id, operator.addr, reporter, ICourt.Kind.WithheldBeacon, ICourt.State.Closed, 500e6, 0);
        vm.prank(reporter);
        vm.assertEq(court.withheldBeacon(), id);
        vm.assertTrue(court.epochOf(1).withheld);
        vm.assertEq(bondedOf(operator.addr), OPERATOR_BOND - 500e6);
        vm.assertEq(frozenOf(operator.addr), 0);
        vm.assertEq(stake.claimable(reporter), 100e6);
        vm.assertEq(stake.claimable(insurance), 400e6);
        checkCase(id, ICourt.State.Closed, 0);
    }

    function test_withheldBeacon_punishes_each_epoch_again() public {
        withhold();
        withhold();
        // 5 % of what is left each time.
        vm.assertEq(bondedOf(operator.addr), OPERATOR_BOND - 500e6 - 475e6);
    }

    function test_withheldBeacon_does_not_revert_when_the_operator_has_nothing_at_stake() public {
        vm.startPrank(operator.addr);
        stake.unbond(OPERATOR_BOND);
        elapse(Deployment.THAW);
        stake.withdraw();
        vm.stopPrank();
        bytes32 id = withhold();
        checkCase(id, ICourt.State.Closed, 0);
        vm.assertEq(stake.claimable(insurance), 0);
    }

    // selected

    function test_selected_refuses_an_epoch_that_was_not_drawn() public {
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotDrawn.selector, 1));
        court.selected(1, "leaf", 300);
        sealAs(nextSeal());
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotDrawn.selector, 1));
        court.selected(1, "leaf", ALWAYS);
    }

    function test_selected_takes_all_at_the_full_rate_and_none_at_zero() public {
        drawnWork();
        for (uint256 i; i < 100; ++i) {
            vm.assertTrue(court.selected(1, bytes32(i), ALWAYS));
            vm.assertTrue(court.selected(1, bytes32(i), type(uint16).max));
            vm.assertFalse(court.selected(1, bytes32(i), 0));
        }
    }

    function test_selected_takes_about_the_share_that_the_rate_says() public {
        drawnWork();
        uint256 hits;
        for (uint256 i; i < 2000; ++i) {
            if (court.selected(1, bytes32(i), 1_000)) ++hits;
        }
        // 200 expected, standard deviation 13.4.
        vm.assertGe(hits, 146);
        vm.assertLe(hits, 254);
    }

    function testFuzz_selected_is_the_predicate_of_the_protocol(bytes32 leaf, uint16 rate) public {
        drawnWork();
        bytes32 beacon = court.epochOf(1).beacon;
        uint256 number = uint256(keccak256(bytes.concat("AUDIT", beacon, bytes8(uint64(1)), leaf)));
        bool expected = rate >= 10_000 || number < type(uint256).max / 10_000 * rate;
        vm.assertTrue(court.selected(1, leaf, rate) == expected);
    }

    function testFuzz_selected_never_loses_a_leaf_when_the_rate_rises(bytes32 leaf, uint16 low, uint16 high) public {
        vm.assume(low <= high);
        drawnWork();
        if (court.selected(1, leaf, low)) vm.assertTrue(court.selected(1, leaf, high));
    }

    // committee

    function test_committee_refuses_an_epoch_that_was_not_drawn() public {
        sealAs(nextSeal());
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotDrawn.selector, 1));
        court.committee(1, "leaf", 0, 10, 4);
    }

    function test_committee_seats_all_when_there_are_no_more_than_seats() public {
        drawnWork();
        for (uint32 n; n <= 4; ++n) {
            (uint32[] memory general, uint32[] memory own) = court.committee(1, "leaf", 0, n, n);
            vm.assertEq(general.length, n);
            vm.assertEq(own.length, n < 3 ? n : 3);
            for (uint32 i; i < n; ++i) {
                vm.assertTrue(has(general, i));
            }
        }
    }

    function test_committee_is_another_in_each_round_and_for_each_leaf_and_part() public {
        drawnWork();
        (uint32[] memory first, uint32[] memory own) = court.committee(1, "leaf", 0, 1e9, 1e9);
        (uint32[] memory again,) = court.committee(1, "leaf", 1, 1e9, 1e9);
        (uint32[] memory other,) = court.committee(1, "other", 0, 1e9, 1e9);
        vm.assertTrue(first[0] != again[0]);
        vm.assertTrue(first[0] != other[0]);
        vm.assertTrue(first[0] != own[0]);
    }

    /// @dev Against cards that are really shuffled, as the protocol's page describes it.
    function testFuzz_committee_is_the_head_of_a_shuffle(bytes32 leaf, uint8 round, uint32 n, uint32 ofProfile) public {
        (n, ofProfile) = (uint32(bound(n, 0, 40)), uint32(bound(ofProfile, 0, 40)));
        drawnWork();
        (uint32[] memory general, uint32[] memory own) = court.committee(1, leaf, round, n, ofProfile);
        bytes32 beacon = court.epochOf(1).beacon;
        checkHead(general, keccak256(bytes.concat("COMMITTEEALL", beacon, leaf, bytes1(round))), n, 4);
        checkHead(own, keccak256(bytes.concat("COMMITTEEOWN", beacon, leaf, bytes1(round))), ofProfile, 3);
    }

    function testFuzz_committee_never_seats_one_entry_twice(bytes32 leaf, uint32 n) public {
        drawnWork();
        (uint32[] memory general,) = court.committee(1, leaf, 0, n, 0);
        for (uint256 i; i < general.length; ++i) {
            vm.assertTrue(general[i] < n);
            for (uint256 j; j < i; ++j) {
                vm.assertTrue(general[i] != general[j]);
            }
        }
    }

    // words

    function deploy(Policy memory p) private returns (Court) {
        return new Court(stake, operator.addr, insurance, 0, p, address(this));
    }

    function refusePolicy(Policy memory p) private {
        vm.expectRevert(ICourt.PolicyOutOfRange.selector);
        deploy(p);
    }

    /// @dev The next epoch is sealed and not drawn in time.
    function withhold() private returns (bytes32) {
        sealAs(nextSeal());
        vm.roll(court.epochOf(court.latestEpoch()).drawBlock + Deployment.policy().revealWindow + 1);
        return court.withheldBeacon();
    }

    function checkHead(uint32[] memory drawn, bytes32 seed, uint32 n, uint32 k) private pure {
        if (k > n) k = n;
        vm.assertEq(drawn.length, k);
        uint32[] memory cards = new uint32[](n);
        for (uint32 i; i < n; ++i) {
            cards[i] = i;
        }
        for (uint256 i; i < k; ++i) {
            uint256 j = i + uint256(keccak256(abi.encode(seed, i))) % (n - i);
            (cards[i], cards[j]) = (cards[j], cards[i]);
            vm.assertEq(drawn[i], cards[i]);
        }
    }
}
