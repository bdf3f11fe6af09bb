// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Escrow} from "main/Escrow.sol";
import {ICourt} from "main/interfaces/ICourt.sol";
import {BadToken} from "../support/BadTokens.sol";
import {Deployment} from "../support/Deployment.sol";
import {ForgetfulEscrow, ReplayableEscrow} from "../support/ReplayableEscrow.sol";
import {vm} from "../support/Vm.sol";
import {Departure} from "./Departure.sol";
import {EscrowHandler} from "./EscrowHandler.sol";
import {Market} from "./Market.sol";
import {StakeHandler} from "./StakeHandler.sol";

/// @dev That the invariants see what they are there to see.
contract HandlerTests is Market {
    function test_a_batch_that_is_applied_twice_conserves_all_and_is_caught() public {
        breakEscrow();
        settleSome();
        checkAll();
        payers.replay(0);
        // Nobody took more than was signed, and every token is where the accounts say.
        checkEscrowIsSolvent();
        checkEscrowConserves();
        refuse(this.batchesAreAppliedOnce, "Escrow: a batch was applied twice");
    }

    function test_the_sound_Escrow_refuses_the_same_replay() public {
        settleSome();
        payers.replay(0);
        vm.assertEq(payers.most(), 1);
        checkAll();
    }

    function test_a_slash_without_evidence_is_caught() public {
        workers.bond(0, 10e6);
        address accused = workers.accusedOf(0);
        vm.startPrank(address(court));
        stake.freeze(accused, 1);
        stake.slash(accused, 1);
        vm.stopPrank();
        refuse(this.slashesHaveEvidence, "Stake: slashed without evidence");
    }

    function test_a_freeze_without_a_case_keeps_someone_and_is_caught() public {
        workers.bond(0, 10e6);
        departure.rehearse();
        address accused = workers.accusedOf(0);
        vm.prank(address(court));
        stake.freeze(accused, 1);
        (bool done,) = address(departure).call(abi.encodeCall(Departure.rehearse, ()));
        vm.assertFalse(done);
    }

    function test_tokens_that_vanish_are_caught() public {
        payers.deposit(1, 10e6);
        token.burn(address(escrow), 1);
        refuse(this.escrowIsSolvent, "Escrow: owes more than it holds");
    }

    function test_a_departure_leaves_no_trace() public {
        settleSome();
        workers.bond(0, 10e6);
        uint256 time = vm.getBlockTimestamp();
        departure.rehearse();
        vm.assertEq(vm.getBlockTimestamp(), time);
        checkAll();
        vm.assertEq(stake.totalBonded(), 10e6);
    }

    /// @dev Some lives, always the same, in which everything happens that the invariants speak of.
    function test_the_handlers_reach_every_state() public {
        uint256[6] memory seen; // by ICourt.State
        uint256[6] memory sums;
        for (uint256 life; life < 8; ++life) {
            setUp();
            for (uint256 i; i < 800; ++i) {
                act(uint256(keccak256(abi.encode("life", life, i))));
                if (i % 32 == 0) look(seen);
            }
            departure.rehearse();
            sums[0] += payers.applied();
            sums[1] += payers.left();
            sums[2] += workers.slashes();
            sums[3] += workers.claimed();
            sums[4] += court.latestEpoch();
            for (uint256 who; who <= workers.OPERATOR(); ++who) {
                sums[5] += workers.ledger(who).withdrawn;
            }
        }
        vm.assertGe(sums[0], 100, "batches");
        vm.assertGe(sums[1], 100e6, "left");
        vm.assertGe(sums[2], 100, "slashes");
        vm.assertGe(sums[3], 10e6, "claimed");
        vm.assertGe(sums[4], 50, "epochs");
        vm.assertGe(sums[5], 1e6, "withdrawn");
        for (uint256 state = uint256(ICourt.State.Open); state < seen.length; ++state) {
            vm.assertGe(seen[state], 5, vm.toString(state));
        }
    }

    function look(uint256[6] memory seen) private view {
        checkAll();
        bytes32[] memory cases = workers.allCases();
        for (uint256 i; i < cases.length; ++i) {
            ++seen[uint256(court.caseOf(cases[i]).state)];
        }
    }

    // What `refuse` calls.

    function batchesAreAppliedOnce() external view {
        checkBatchesAreAppliedOnce();
    }

    function slashesHaveEvidence() external view {
        checkStake();
    }

    function escrowIsSolvent() external view {
        checkEscrowIsSolvent();
    }

    // words

    function refuse(function() external view check, string memory why) private view {
        try check() {
            revert("nothing was found amiss");
        } catch Error(string memory found) {
            vm.assertEq(found, why);
        }
    }

    function checkAll() private view {
        checkEscrowIsSolvent();
        checkEscrowConserves();
        checkBatchesAreAppliedOnce();
        checkAccountsAreAsBooked();
        checkStake();
    }

    function settleSome() private {
        for (uint256 i; i < payers.PARTIES(); ++i) {
            payers.deposit(i, 100e6);
            payers.authorize(i, 100e6);
        }
        payers.settle(uint256(keccak256("a batch")) & ~uint256(0xff00) | 0x0f00);
        vm.assertEq(payers.applied(), 1);
    }

    function breakEscrow() private {
        ForgetfulEscrow forgetful = new ForgetfulEscrow(token, treasury, address(system.manager));
        address copy = address(uint160(uint256(keccak256("code of the Escrow"))));
        vm.etch(copy, address(forgetful).code);
        vm.etch(address(forgetful), address(new ReplayableEscrow(copy)).code);
        system.escrow = escrow = Escrow(address(forgetful));
        bytes4[] memory one = new bytes4[](1);
        one[0] = Escrow.settle.selector;
        bytes memory call_ =
            abi.encodeCall(system.manager.setTargetFunctionRole, (address(escrow), one, Deployment.OPERATOR));
        vm.startPrank(governance);
        system.manager.schedule(address(system.manager), call_, uint48(vm.getBlockTimestamp() + Deployment.COURT_DELAY));
        elapse(Deployment.COURT_DELAY);
        system.manager.execute(address(system.manager), call_);
        vm.stopPrank();
        payers = new EscrowHandler(system);
        departure = new Departure(system, payers, workers);
    }

    function act(uint256 seed) private {
        uint64 amount = uint64(seed >> 192);
        uint256 what = seed % 30;
        seed >>= 8;
        if (what == 0) payers.deposit(seed, amount);
        else if (what == 1) payers.authorize(seed, amount);
        else if (what == 2) payers.authorizeFor(seed, amount);
        else if (what == 3) payers.announceExit(seed, amount);
        else if (what == 4) payers.exit(seed);
        else if (what == 5) payers.settle(seed);
        else if (what == 6) payers.replay(seed);
        else if (what == 7) payers.payout(seed);
        else if (what == 8) payers.sendPast(amount);
        else if (what == 9) payers.misbehave(seed);
        else if (what == 10) payers.halt(seed);
        else if (what == 11) payers.intrude(seed);
        else if (what == 12) workers.bond(seed, amount);
        else if (what == 13) workers.unbond(seed, amount);
        else if (what == 14) workers.withdraw(seed);
        else if (what == 15) workers.mark(seed);
        else if (what == 16) workers.rotate(seed);
        else if (what == 17) workers.claim(seed);
        else if (what == 18) workers.sendPast(amount);
        else if (what == 19) workers.contradict(seed);
        else if (what == 20) workers.accuseTheInnocent(seed);
        else if (what == 21) workers.seal(seed);
        else if (what == 22) workers.draw();
        else if (what == 23) workers.withhold();
        else if (what == 24) workers.equivocate(seed);
        else actOnCases(what, seed);
    }

    function actOnCases(uint256 what, uint256 seed) private {
        if (what == 25 && seed & 7 == 0) workers.misbehave(seed);
        else if (what == 25) workers.accuse(seed);
        else if (what == 26) workers.appeal(seed);
        else if (what == 27) workers.rule(seed);
        else if (what == 28) workers.close(seed);
        else if (seed & 1 == 0) workers.pass(seed);
        else payers.remember();
    }
}
