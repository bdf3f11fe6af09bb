// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICourt} from "main/interfaces/ICourt.sol";
import {
    AuditNotice,
    CanaryEvidence,
    EpochSeal,
    SealedLeaf,
    SignedAttestation,
    VerdictEvidence
} from "main/types/Types.sol";
import {CourtFixture} from "./support/CourtFixture.sol";
import {Gauge} from "./support/Gauge.sol";
import {vm} from "./support/Vm.sol";

/// @dev What the Court costs, measured as {GasTests} does, from the second epoch on. A leaf has three hashes of proof, a
/// verifier four.
/// forge-config: default.isolate = true
contract CourtGasTests is CourtFixture, Gauge {
    function setUp() public override {
        super.setUp();
        sealWork(1, 0);
        drawNow();
    }

    function test_epoch() public {
        Work memory w = prepare(8, ALWAYS);
        uint256 open = vm.snapshotState();
        vm.prank(settler);
        court.seal(w.epochSeal);
        tell("court.seal");
        toDrawBlock();
        bytes32 secret = nextPreimage();
        uint256 sealed_ = vm.snapshotState();
        court.draw(secret);
        tell("court.draw");
        vm.revertToState(sealed_);
        court.pin();
        tell("court.pin");
        vm.revertToState(open);
        vm.prank(settler);
        court.anchor(keccak256("another chain"));
        tell("court.anchor");
    }

    function test_contradiction() public {
        Work memory w = sealWork(8, 0);
        SignedAttestation memory a = signed(w.results[0]);
        SignedAttestation memory b = signed(otherClaimOf(0));
        SealedLeaf memory subject = subjectOf(w, 0);
        vm.prank(reporter);
        bytes32 id = court.contradiction(a, b);
        tell("court.contradiction");
        uint256 held = vm.snapshotState();
        court.compensate(id, a, subject);
        tell("court.compensate");
        stake.claim(requester);
        tell("claim.purse");
        vm.revertToState(held);
        afterWindow();
        court.close(id);
        tell("court.close.held");
        stake.claim(insurance);
        tell("claim");
    }

    function test_canary() public {
        CanaryEvidence memory e = failedCanary();
        vm.prank(reporter);
        court.canary(e);
        tell("court.canary");
    }

    function test_verdict() public {
        VerdictEvidence memory e = conviction();
        e.votes = without(e.votes, 0);
        vm.assertEq(e.votes.length, court.QUORUM());
        vm.prank(reporter);
        bytes32 id = court.verdict(e);
        tell("court.verdict");
        uint256 open = vm.snapshotState();
        vm.prank(worker.addr);
        court.appeal(id);
        tell("court.appeal");
        uint256 appealed = vm.snapshotState();
        vm.prank(arbiter);
        court.rule(id, true);
        tell("court.rule.upheld");
        vm.revertToState(appealed);
        vm.prank(arbiter);
        court.rule(id, false);
        tell("court.rule.dismissed");
        vm.revertToState(appealed);
        elapse(court.ruling() + 1);
        court.close(id);
        tell("court.close.unruled");
        vm.revertToState(open);
        afterWindow();
        court.close(id);
        tell("court.close.unanswered");
    }

    function test_illegitimateAudit() public {
        Work memory w = sealWork(8, 0);
        drawNow();
        SealedLeaf memory subject = subjectOf(w, 0);
        AuditNotice memory notice = AuditNotice(w.epochSeal.epoch, leafOf(w.leaves[0]), 1);
        bytes memory signature = sign(operator.secret, digestOf(notice));
        vm.prank(reporter);
        court.illegitimateAudit(subject, notice, signature);
        tell("court.illegitimateAudit");
    }

    function test_equivocation() public {
        Work memory w = sealWork(8, 0);
        EpochSeal memory other = prepare(8, 0).epochSeal;
        (other.epoch, other.totalPrice) = (w.epochSeal.epoch, 1);
        bytes memory signature = sign(operator.secret, digestOf(other));
        vm.prank(reporter);
        court.equivocation(w.epochSeal, "", other, signature);
        tell("court.equivocation");
    }

    function test_withheldBeacon() public {
        sealWork(8, 0);
        vm.roll(uint256(court.epochOf(court.latestEpoch()).drawBlock) + court.revealWindow() + 1);
        vm.prank(reporter);
        court.withheldBeacon();
        tell("court.withheldBeacon");
    }
}
