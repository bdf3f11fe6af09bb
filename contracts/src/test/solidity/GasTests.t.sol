// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Typed} from "main/libraries/Typed.sol";
import {Fixture} from "./support/Fixture.sol";
import {Gauge} from "./support/Gauge.sol";
import {vm} from "./support/Vm.sol";

/// @dev What transactions cost: each call runs as a transaction of its own, intrinsic gas, calldata and refunds
/// included, in the steady state where all accounts have been used before. `bin/gas` prints what this logs.
/// forge-config: default.isolate = true
contract GasTests is Fixture, Gauge {
    uint256 private constant TRANSACTION_LIMIT = 1 << 24; // EIP-7825

    function setUp() public override {
        super.setUp();
        // Somebody has paid a fee before.
        uint32 payer = purse(address(0x99), 10e6, 10e6);
        settle(entry(payer, 10e6), entry(payer, 9e6));
    }

    function test_transfer() public {
        usd.mint(address(1), 2e6);
        vm.prank(address(1));
        usd.transfer(address(2), 1e6);
        vm.prank(address(1));
        usd.transfer(address(2), 0.5e6);
        tell("transfer");
    }

    /// @dev N jobs between min(N, 50) requesters and min(N, 20) workers.
    function test_settle_jobs() public {
        uint256[5] memory jobs = [uint256(1), 10, 100, 1000, 10_000];
        uint256 clean = vm.snapshotState();
        for (uint256 i; i < 5; ++i) {
            uint256 payers = jobs[i] < 50 ? jobs[i] : 50;
            uint256 workers = jobs[i] < 20 ? jobs[i] : 20;
            uint256 gas = settleBetween(payers, workers);
            tell(string.concat("settle.jobs.", vm.toString(jobs[i])), gas);
            vm.assertLe(gas, 58_000 + 6_200 * (payers + workers), "58k + 6.2k for each party");
            if (jobs[i] == 1000) vm.assertLe(gas, 520 * 1000, "gas for 1,000 jobs");
            if (jobs[i] == 10_000) vm.assertLe(gas, 52 * 10_000, "gas for 10,000 jobs");
            vm.revertToState(clean);
        }
    }

    function test_settle_parties() public {
        uint256[4] memory parties = [uint256(3), 30, 300, 2700];
        uint256 clean = vm.snapshotState();
        for (uint256 i; i < 4; ++i) {
            uint256 gas = settleBetween(parties[i] * 2 / 3, parties[i] / 3);
            tell(string.concat("settle.parties.", vm.toString(parties[i])), gas);
            vm.assertLe(gas, 58_000 + 6_200 * parties[i], "58k + 6.2k for each party");
            vm.assertLe(gas, TRANSACTION_LIMIT, "one transaction");
            vm.revertToState(clean);
        }
    }

    function test_purse() public {
        usd.mint(address(1), 10e6);
        vm.startPrank(address(1));
        usd.approve(address(escrow), 10e6);
        uint32 account = escrow.deposit(address(1), 1e6);
        tell("deposit.first");
        escrow.deposit(address(1), 1e6);
        tell("deposit.again");
        escrow.authorize(account, 1e6);
        tell("authorize");
        escrow.announceExit(account, 1e6);
        tell("announceExit");
        elapse(escrow.exitDelay());
        escrow.exit(account);
        tell("exit");
        vm.stopPrank();
    }

    function test_authorizeFor() public {
        Person memory owner = person("owner");
        uint32 account = purse(owner.addr, 10e6, 1e6);
        bytes32 digest_ = digest(address(escrow), Typed.ceiling(account, 2e6, type(uint256).max));
        bytes memory signature = sign(owner.ownerSecret, digest_);
        escrow.authorizeFor(account, 2e6, type(uint256).max, signature);
        tell("authorizeFor");
    }

    function test_payout() public {
        uint256[3] memory workers = [uint256(1), 20, 200];
        uint256 clean = vm.snapshotState();
        for (uint256 i; i < 3; ++i) {
            (bytes memory debits, bytes memory credits) = crowd(50, workers[i]);
            uint32[] memory accounts = new uint32[](workers[i]);
            for (uint160 j; j < workers[i]; ++j) {
                accounts[j] = escrow.idOf(address(0x20000000 + j));
            }
            settle(debits, credits);
            escrow.payout(accounts);
            tell(string.concat("payout.", vm.toString(workers[i])));
            vm.revertToState(clean);
        }
    }

    function test_stake() public {
        Person memory worker = person("worker");
        usd.mint(worker.addr, 20e6);
        bytes memory agreed = consent(worker, type(uint256).max);
        vm.startPrank(worker.addr);
        usd.approve(address(stake), 20e6);
        stake.bond(worker.addr, 1e6);
        tell("bond.first");
        stake.bond(worker.addr, 1e6);
        tell("bond.again");
        stake.bindKey(worker.key, type(uint256).max, agreed);
        tell("bindKey");
        uint256 bound_ = vm.snapshotState();
        stake.revokeKey(worker.key);
        tell("revokeKey");
        vm.revertToState(bound_);
        stake.unbond(1e6);
        tell("unbond");
        elapse(stake.thaw());
        stake.withdraw();
        tell("withdraw");
        vm.stopPrank();
    }

    /// @dev Once to use every slot, then again to measure.
    function settleBetween(uint256 payers, uint256 workers) private returns (uint256) {
        (bytes memory debits, bytes memory credits) = crowd(payers, workers);
        for (uint256 i; i < payers; ++i) {
            put(debits, i, escrow.idOf(address(uint160(0x10000000 + i))), 0.5e6);
        }
        for (uint256 i; i < workers; ++i) {
            put(credits, i, escrow.idOf(address(uint160(0x20000000 + i))), uint64(0.45e6 * payers / workers));
        }
        settle(debits, credits);
        elapse(1);
        settle(debits, credits);
        return used();
    }
}
