// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICourt} from "main/interfaces/ICourt.sol";
import {ResultAttestation, SealedLeaf, SignedAttestation} from "main/types/Types.sol";
import {CourtFixture} from "./support/CourtFixture.sol";
import {vm} from "./support/Vm.sol";

/// @dev The Stake's pot holds what is taken and not yet given, of all cases together: none may give more than it took.
contract CourtProceedsTests is CourtFixture {
    function test_a_case_gives_exactly_what_it_took_while_the_pot_holds_anothers() public {
        hold();
        (bytes32 id,) = convict();
        afterWindow();
        uint64 bonded = bondedOf(worker.addr);
        court.close(id);
        checkCase(id, ICourt.State.Closed, 0);
        vm.assertEq(bonded - bondedOf(worker.addr), PENALTY, "taken");
        vm.assertEq(stake.pot(), BOND, "what the other case took is still there");
    }

    function test_a_penalty_of_the_operator_gives_exactly_what_it_took_while_the_pot_holds_anothers() public {
        hold();
        sealWork(1, 0);
        vm.roll(uint256(court.epochOf(court.latestEpoch()).drawBlock) + court.revealWindow() + 1);
        court.withheldBeacon();
        vm.assertEq(bondedOf(operator.addr), OPERATOR_BOND - OPERATOR_BOND / 20, "taken");
        vm.assertEq(stake.pot(), BOND, "what the other case took is still there");
    }

    function test_the_compensation_of_a_price_that_does_not_fit_is_the_most_that_does() public {
        Work memory w = prepare(1, 0);
        // Twice this price is one bit more than 64: its low bits are zero.
        w.leaves[0].price = 1 << 63;
        renew(w);
        sealAs(w.epochSeal);
        SignedAttestation memory a = signed(w.results[0]);
        SealedLeaf memory subject = subjectOf(w, 0);
        bytes32 id = contradict(0);
        vm.expectEmit(address(court));
        emit ICourt.HarmNamed(id, requester, type(uint64).max);
        court.compensate(id, a, subject);
        vm.assertEq(stake.claimable(requester), BOND / 2, "half of what was taken");
    }

    /// @dev Another worker has lost its bond, and nobody has said yet whom it harmed.
    function hold() private {
        Person memory other = person("another worker");
        people[other.addr] = other;
        enroll(other, BOND);
        (ResultAttestation memory a, ResultAttestation memory b) = (claimOf(99), otherClaimOf(99));
        (a.worker, b.worker) = (other.addr, other.addr);
        court.contradiction(signed(a), signed(b));
        vm.assertEq(stake.pot(), BOND);
    }
}
