// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Court} from "main/Court.sol";
import {Escrow} from "main/Escrow.sol";
import {Stake} from "main/Stake.sol";
import {ICourt} from "main/interfaces/ICourt.sol";
import {IEscrow} from "main/interfaces/IEscrow.sol";
import {IStake} from "main/interfaces/IStake.sol";
import {BadToken} from "../support/BadTokens.sol";
import {Deployment} from "../support/Deployment.sol";
import {vm} from "../support/Vm.sol";
import {EscrowHandler} from "./EscrowHandler.sol";
import {Handler} from "./Handler.sol";
import {StakeHandler} from "./StakeHandler.sol";

/// @dev All leave, with the guardian against them and nobody else there: no operator, no arbiter. Then it is undone.
contract Departure is Handler {
    EscrowHandler private immutable payers;
    StakeHandler private immutable workers;

    error AllHaveLeft();

    constructor(Deployment.System memory s, EscrowHandler payers_, StakeHandler workers_) Handler(s) {
        (payers, workers) = (payers_, workers_);
    }

    function rehearse() external {
        (uint256 time, uint256 number) = (vm.getBlockTimestamp(), vm.getBlockNumber());
        (, bytes memory how) = address(this).call(abi.encodeCall(this.undo, ()));
        (bytes memory well) = abi.encodeWithSelector(AllHaveLeft.selector);
        if (keccak256(how) != keccak256(well)) revert RefusedOtherwise(how, well);
        vm.warp(time);
        vm.roll(number);
    }

    /// @dev Always reverts, which undoes everything but the clock.
    function undo() external {
        // What an issuer's list does is not ours to prevent; that it keeps nobody else, the handlers see.
        token.behave(BadToken.Manner.Good, address(0));
        leaveEscrow();
        leaveStake();
        revert AllHaveLeft();
    }

    function leaveEscrow() private {
        uint256 parties = payers.PARTIES();
        uint32[] memory all = new uint32[](parties + 1);
        for (uint32 account = 1; account <= parties; ++account) {
            all[account] = account;
            bytes memory call_ = abi.encodeCall(Escrow.announceExit, (account, type(uint64).max));
            must(payers.ownerOf(account), address(escrow), call_);
        }
        uint32 longest = uint32(vm.getBlockTimestamp()) + Deployment.EXIT_DELAY / 2;
        tried(offices.guardian, address(escrow), abi.encodeCall(Escrow.halt, (longest)));
        must(address(this), address(escrow), abi.encodeCall(Escrow.payout, (all)));
        vm.warp(vm.getBlockTimestamp() + Deployment.EXIT_DELAY);
        for (uint32 account = 1; account <= parties; ++account) {
            (uint64 balance,,, uint64 earned) = escrow.accounts(account);
            vm.assertEq(earned, 0, "a payout left something");
            bytes memory paid = must(payers.ownerOf(account), address(escrow), abi.encodeCall(Escrow.exit, (account)));
            vm.assertEq(abi.decode(paid, (uint64)), balance, "an exit paid less than the balance");
        }
        vm.assertEq(token.balanceOf(address(escrow)), payers.forced(), "the Escrow kept something");
    }

    function leaveStake() private {
        vm.warp(vm.getBlockTimestamp() + Deployment.policy().window + Deployment.policy().ruling + 1);
        bytes32[] memory cases = workers.allCases();
        for (uint256 i; i < cases.length; ++i) {
            ICourt.State state = court.caseOf(cases[i]).state;
            if (state != ICourt.State.Closed && state != ICourt.State.Due) {
                must(address(this), address(court), abi.encodeCall(Court.close, (cases[i])));
            }
        }
        uint256 accused = workers.OPERATOR() + 1;
        for (uint256 who; who < accused; ++who) {
            address worker = workers.accusedOf(who);
            IStake.Bond memory b = stake.bondOf(worker);
            vm.assertEq(b.frozen, due(worker, workers.ledger(who).ruins, cases), "frozen for no open case");
            must(worker, address(stake), abi.encodeCall(Stake.unbond, (b.bonded)));
        }
        vm.warp(vm.getBlockTimestamp() + Deployment.THAW);
        uint256 kept;
        for (uint256 who; who < accused; ++who) {
            address worker = workers.accusedOf(who);
            IStake.Bond memory b = stake.bondOf(worker);
            kept += b.frozen;
            if (b.bonded == b.frozen) continue;
            bytes memory paid = must(worker, address(stake), abi.encodeCall(Stake.withdraw, ()));
            vm.assertEq(abi.decode(paid, (uint64)), b.bonded - b.frozen, "a withdrawal paid less than is free");
        }
        for (uint256 i; i < workers.PAYEES(); ++i) {
            address to = workers.payee(i);
            if (stake.claimable(to) != 0) must(to, address(stake), abi.encodeCall(Stake.claim, (to)));
        }
        vm.assertEq(stake.pot(), 0, "proceeds of closed cases lie in the pot");
        vm.assertEq(token.balanceOf(address(stake)), workers.forced() + kept, "the Stake kept something");
    }

    /// @dev What the brake holds back of cases that stand.
    function due(address worker, uint32 ruins, bytes32[] memory cases) private view returns (uint256 amount) {
        for (uint256 i; i < cases.length; ++i) {
            ICourt.Case memory c = court.caseOf(cases[i]);
            if (c.accused == worker && c.state == ICourt.State.Due && c.ruins == ruins) amount += c.amount;
        }
    }
}

/// @dev Lets the fuzzer ask at any state whether all could leave.
contract DepartureHandler {
    Departure private immutable departure;

    constructor(Departure departure_) {
        departure = departure_;
    }

    function everybodyCouldLeave(uint256 seed) external {
        if (seed % 32 == 0) departure.rehearse();
    }
}
