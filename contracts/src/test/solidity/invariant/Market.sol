// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IStake} from "main/interfaces/IStake.sol";
import {BadToken} from "../support/BadTokens.sol";
import {Deployment} from "../support/Deployment.sol";
import {Fixture} from "../support/Fixture.sol";
import {Departure} from "./Departure.sol";
import {EscrowHandler} from "./EscrowHandler.sol";
import {StakeHandler} from "./StakeHandler.sol";

/// @dev A deployed market with a token that misbehaves, the people in it, and what must hold after each of their acts.
abstract contract Market is Fixture {
    uint256 private constant PARTIES = 4;
    uint256 private constant WORKERS = 3;
    uint256 private constant PAYEES = 6;

    BadToken internal token;
    EscrowHandler internal payers;
    StakeHandler internal workers;
    Departure internal departure;

    function setUp() public virtual override {
        super.setUp();
        token = new BadToken();
        system = deployWith(token);
        (escrow, stake, court) = (system.escrow, system.stake, system.court);
        populate();
    }

    function populate() internal {
        payers = new EscrowHandler(system);
        workers = new StakeHandler(system, operator);
        departure = new Departure(system, payers, workers);
    }

    /// @dev DESIGN §10, 1: in sum. What was sent past the functions may lie there too.
    function checkEscrowIsSolvent() internal view {
        check(token.balanceOf(address(escrow)) >= owed(), "Escrow: owes more than it holds");
    }

    function checkEscrowConserves() internal view {
        (uint256 deposited, uint256 left) = (payers.deposited(), payers.left());
        uint256 held = token.balanceOf(address(escrow));
        check(held + left == deposited + payers.forced(), "Escrow: tokens came or went unseen");
        check(owed() + left == deposited, "Escrow: credit was made or lost");
    }

    /// @dev DESIGN §10, 2: what conservation cannot see, for a batch that is applied twice conserves every token.
    function checkBatchesAreAppliedOnce() internal view {
        check(payers.most() <= 1, "Escrow: a batch was applied twice");
        check(escrow.head() == payers.head(), "Escrow: the chain of batches is another");
    }

    /// @dev DESIGN §10, 1 and 7: each account is what its owner and the batches made it, none paid beyond what its owner
    /// signed, and the counters rose only. Whatever else a role did would show here.
    function checkAccountsAreAsBooked() internal view {
        (
            EscrowHandler.Book[PARTIES + 1] memory books,
            uint64[2 * PARTIES] memory floors,
            address[PARTIES + 1] memory owners
        ) = payers.all();
        for (uint32 account; account <= PARTIES; ++account) {
            EscrowHandler.Book memory b = books[account];
            (uint64 balance, uint64 spent, uint64 authorized, uint64 earned) = escrow.accounts(account);
            check(spent <= b.signed, "Escrow: more was spent than was signed");
            check(authorized == b.signed, "Escrow: authorized what nobody signed");
            check(balance == b.balance && spent == b.spent && earned == b.earned, "Escrow: account");
            if (account != 0) {
                check(spent >= floors[2 * account - 2], "Escrow: spent fell");
                check(authorized >= floors[2 * account - 1], "Escrow: authorized fell");
            }
            (address owner, uint64 leaving, uint32 readyAt) = escrow.holders(account);
            check(owner == owners[account] && leaving == b.leaving && readyAt == b.readyAt, "Escrow: holder");
        }
        (uint64 rate, uint64 burst,,, uint32 haltedUntil) = escrow.limit();
        check(rate == Deployment.RATE && burst == Deployment.BURST, "Escrow: limit");
        check(haltedUntil == payers.haltedUntil(), "Escrow: haltedUntil");
        check(escrow.count() == PARTIES, "Escrow: count");
    }

    /// @dev DESIGN §10, 4: nothing is slashed without evidence, nor more than it allows. And the sums.
    function checkStake() internal view {
        (
            StakeHandler.Ledger[WORKERS + 1] memory ledgers,
            address[WORKERS + 1] memory accused,
            address[PAYEES] memory payees
        ) = workers.all();
        uint256 bonded;
        uint256 paidIn;
        uint256 gone = workers.claimed();
        for (uint256 who; who < accused.length; ++who) {
            StakeHandler.Ledger memory l = ledgers[who];
            IStake.Bond memory b = stake.bondOf(accused[who]);
            checkBond(l, b);
            (bonded, paidIn, gone) = (bonded + b.bonded, paidIn + l.paidIn, gone + l.withdrawn);
        }
        check(stake.totalBonded() == bonded, "Stake: totalBonded is not the sum of bonds");
        uint256 promised = bonded + stake.pot();
        for (uint256 i; i < payees.length; ++i) {
            promised += stake.claimable(payees[i]);
        }
        uint256 held = token.balanceOf(address(stake));
        check(held >= promised, "Stake: owes more than it holds");
        check(held + gone == paidIn + workers.forced(), "Stake: tokens came or went unseen");
        check(promised + gone == paidIn, "Stake: credit was made or lost");
    }

    function checkBond(StakeHandler.Ledger memory l, IStake.Bond memory b) private pure {
        check(l.paidIn - l.withdrawn - b.bonded <= l.slashable, "Stake: slashed without evidence");
        check(b.frozen <= b.bonded, "Stake: more is frozen than is bonded");
        check(b.thawing <= b.bonded, "Stake: more thaws than is bonded");
        check(b.thawing == l.thawing, "Stake: thaws what nobody unbonded");
        check(l.thawing == 0 || b.readyAt == l.since + Deployment.THAW, "Stake: a thaw is too short");
    }

    function owed() private view returns (uint256 sum) {
        for (uint32 account; account <= PARTIES; ++account) {
            (uint64 balance,,, uint64 earned) = escrow.accounts(account);
            sum += uint256(balance) + earned;
        }
    }

    /// @dev Not forge's assertions: each of them is a call of another contract, and there are millions.
    function check(bool holds, string memory otherwise) private pure {
        require(holds, otherwise);
    }
}
