// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DepartureHandler} from "./Departure.sol";
import {Market} from "./Market.sol";

/// @dev Long random lives of a whole market: DESIGN §10, 1, 2, 4, 5, 7 and 10, for as far as they are the contracts'.
/// One function, so that a life is lived once and checked for everything; the reason tells what broke.
contract MarketInvariants is Market {
    function setUp() public override {
        super.setUp();
        targetContract(address(payers));
        targetContract(address(workers));
        targetContract(address(new DepartureHandler(departure)));
    }

    function invariant_the_market_keeps_its_law() public view {
        checkEscrowIsSolvent();
        checkEscrowConserves();
        checkBatchesAreAppliedOnce();
        checkAccountsAreAsBooked();
        checkStake();
    }

    /// @dev Wherever a life ends, all can leave with what is theirs.
    function afterInvariant() public {
        departure.rehearse();
    }
}
