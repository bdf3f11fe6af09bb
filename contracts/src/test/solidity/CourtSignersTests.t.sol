// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICourt} from "main/interfaces/ICourt.sol";
import {ResultAttestation, SignedAttestation} from "main/types/Types.sol";
import {CourtFixture} from "./support/CourtFixture.sol";
import {vm} from "./support/Vm.sol";

/// @dev Whose key speaks for whom: every kind of evidence asks {Court} the same way, so one of them shows it.
contract CourtSignersTests is CourtFixture {
    function test_a_key_that_another_worker_bound_signs_for_that_worker_only() public {
        Person memory other = person("another worker");
        enroll(other, BOND);
        refuse(worker.addr, other.secret);
    }

    function test_the_owner_key_of_a_worker_does_not_attest() public {
        refuse(worker.addr, worker.ownerSecret);
    }

    function test_a_key_that_nobody_bound_signs_for_nobody() public {
        refuse(address(0), person("a stranger").secret);
    }

    /// @dev Two claims of `accused`, signed by `secret`.
    function refuse(address accused, uint256 secret) private {
        (ResultAttestation memory a, ResultAttestation memory b) = (claimOf(0), otherClaimOf(0));
        (a.worker, b.worker) = (accused, accused);
        SignedAttestation memory first = SignedAttestation(a, sign(secret, digestOf(a)));
        SignedAttestation memory second = SignedAttestation(b, sign(secret, digestOf(b)));
        refuseSigner(accused);
        court.contradiction(first, second);
        vm.assertEq(uint256(court.caseOf(caseId(a)).state), uint256(ICourt.State.None));
    }

    function caseId(ResultAttestation memory a) private pure returns (bytes32) {
        return idOf(ICourt.Kind.Contradiction, a.worker, attemptOf(a));
    }
}
