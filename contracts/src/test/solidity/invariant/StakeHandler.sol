// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Court} from "main/Court.sol";
import {Stake} from "main/Stake.sol";
import {ICourt} from "main/interfaces/ICourt.sol";
import {IStake} from "main/interfaces/IStake.sol";
import {Typed} from "main/libraries/Typed.sol";
import {
    CanaryEvidence,
    CanaryLeaf,
    EpochSeal,
    Policy,
    ResultAttestation,
    SealLeaf,
    SignedAttestation
} from "main/types/Types.sol";
import {Deployment} from "../support/Deployment.sol";
import {vm} from "../support/Vm.sol";
import {Handler} from "./Handler.sol";

/// @dev Workers, the operator, reporters, the accused and the arbiter at the Stake and the Court. Evidence is signed
/// here, so what may be slashed, and how much of it, is known apart from the Court.
contract StakeHandler is Handler {
    uint256 public constant WORKERS = 3;
    uint256 public constant OPERATOR = WORKERS; // the last of the accused
    uint256 public constant PAYEES = 6;
    /// @dev So little that the least penalty is often more than the brake lets pass in a day.
    uint64 private constant MOST = 10e6;
    uint256 private constant EPOCHS = 64;
    bytes32 private constant RIGHT = keccak256("the right answer");
    bytes32 private constant WRONG = keccak256("a wrong answer");
    bytes32 private constant SALT = "salt";

    struct Ledger {
        uint256 paidIn;
        uint256 withdrawn;
        uint256 slashable; // by evidence that was made here and allowed to stand
        uint64 thawing;
        uint40 since; // when it last rose
        uint32 ruins;
        // At one time, and what has left since: to see that nothing active then left within a thaw.
        uint40 markedAt;
        uint64 free; // bonded and not active
        uint64 leftSince;
    }

    struct Sealed {
        bytes32 root;
        uint8 worker;
        uint8 key;
        uint8 preimage;
        bool right;
    }

    Person[WORKERS + 1] private people;
    Ledger[WORKERS + 1] private ledgers;
    address[][WORKERS + 1] private keys; // the latest is the live one
    Sealed[] private epochs; // from 1
    bytes32[] private cases;
    bytes32[EPOCHS + 1] private preimages; // as the operator of the fixture reveals them, from 1
    uint256 private revealed;

    uint256 public forced;
    uint256 public claimed;
    uint256 public slashes;

    constructor(Deployment.System memory s, Person memory operator) Handler(s) {
        string[WORKERS] memory names = ["uma", "vic", "wes"];
        for (uint256 i; i < WORKERS; ++i) {
            people[i] = person(names[i]);
        }
        people[OPERATOR] = operator;
        for (uint256 i; i <= OPERATOR; ++i) {
            bindNext(i);
            approve(people[i].addr, address(stake));
        }
        approve(reporter(), address(stake));
        epochs.push();
        preimages[EPOCHS] = keccak256("secret of the operator");
        for (uint256 i = EPOCHS; i > 0; --i) {
            preimages[i - 1] = keccak256(abi.encode(preimages[i]));
        }
    }

    /// @dev All at once: each call of another contract costs more than what it does.
    function all()
        external
        view
        returns (Ledger[WORKERS + 1] memory, address[WORKERS + 1] memory accused, address[PAYEES] memory payees)
    {
        for (uint256 who; who <= OPERATOR; ++who) {
            accused[who] = people[who].addr;
        }
        for (uint256 i; i < PAYEES; ++i) {
            payees[i] = payee(i);
        }
        return (ledgers, accused, payees);
    }

    function ledger(uint256 who) external view returns (Ledger memory) {
        return ledgers[who];
    }

    function accusedOf(uint256 who) public view returns (address) {
        return people[who].addr;
    }

    function payee(uint256 i) public view returns (address) {
        if (i < WORKERS) return people[i].addr;
        return [offices.insurance, reporter(), offices.operator][i - WORKERS];
    }

    function reporter() private pure returns (address) {
        return address(uint160(uint256(keccak256("reporter"))));
    }

    function allCases() external view returns (bytes32[] memory) {
        return cases;
    }

    // workers

    function bond(uint256 seed, uint64 amount) external {
        uint256 who = anyone(seed);
        address payer = seed >> 8 & 1 == 0 ? people[who].addr : reporter();
        amount = bound64(amount, 0, MOST);
        token.mint(payer, amount);
        must(payer, address(stake), abi.encodeCall(Stake.bond, (people[who].addr, amount)));
        ledgers[who].paidIn += amount;
    }

    function unbond(uint256 seed, uint64 amount) external {
        uint256 who = anyone(seed);
        IStake.Bond memory b = stake.bondOf(people[who].addr);
        // More only now and then: it starts the clock again, and nobody would ever leave.
        bool more = b.thawing == 0 || seed >> 16 & 7 == 0;
        amount = bound64(amount, 0, more ? uint256(b.bonded) + b.bonded / 16 : b.thawing);
        bytes memory why;
        if (amount > b.bonded) why = abi.encodeWithSelector(IStake.TooMuch.selector, amount, b.bonded);
        if (!expected(people[who].addr, address(stake), abi.encodeCall(Stake.unbond, (amount)), why)) return;
        if (amount > ledgers[who].thawing) ledgers[who].since = uint40(block.timestamp);
        ledgers[who].thawing = amount;
    }

    function withdraw(uint256 seed) external {
        uint256 who = anyone(seed);
        Ledger storage l = ledgers[who];
        IStake.Bond memory b = stake.bondOf(people[who].addr);
        uint64 most = b.bonded - b.frozen < l.thawing ? b.bonded - b.frozen : l.thawing;
        uint40 readyAt = l.since + Deployment.THAW;
        bytes memory call_ = abi.encodeCall(Stake.withdraw, ());
        if (most != 0 && block.timestamp >= readyAt && unwanted(people[who].addr)) {
            refused(people[who].addr, address(stake), call_, "");
            return;
        }
        bytes memory why;
        if (most == 0) why = abi.encodeWithSelector(IStake.NothingToWithdraw.selector, people[who].addr);
        else if (block.timestamp < readyAt) why = abi.encodeWithSelector(IStake.NotReady.selector, readyAt);
        if (!expected(people[who].addr, address(stake), call_, why)) return;
        uint64 amount = b.bonded - stake.bondOf(people[who].addr).bonded;
        vm.assertEq(amount, most, "another amount was withdrawn than had thawed");
        l.withdrawn += amount;
        l.thawing -= amount;
        l.leftSince += amount;
        if (block.timestamp < uint256(l.markedAt) + Deployment.THAW) {
            vm.assertLe(l.leftSince, l.free, "stake that was active left within a thaw");
        }
    }

    function mark(uint256 seed) external {
        uint256 who = anyone(seed);
        Ledger storage l = ledgers[who];
        if (block.timestamp < uint256(l.markedAt) + Deployment.THAW) return;
        address worker = people[who].addr;
        l.markedAt = uint40(block.timestamp);
        (l.free, l.leftSince) = (stake.bondOf(worker).bonded - stake.activeOf(worker), 0);
    }

    /// @dev Revokes the latest key and binds another; the old one answers for one thaw.
    function rotate(uint256 seed) external {
        uint256 who = seed % WORKERS;
        if (keys[who].length == 200) return;
        address old = keys[who][keys[who].length - 1];
        must(people[who].addr, address(stake), abi.encodeCall(Stake.revokeKey, (old)));
        bindNext(who);
    }

    function claim(uint256 seed) external {
        address to = payee(seed % PAYEES);
        uint64 amount = stake.claimable(to);
        bytes memory call_ = abi.encodeCall(Stake.claim, (to));
        if (amount != 0 && unwanted(to)) {
            refused(reporter(), address(stake), call_, "");
            return;
        }
        bytes memory why;
        if (amount == 0) why = abi.encodeWithSelector(IStake.NothingToWithdraw.selector, to);
        if (expected(reporter(), address(stake), call_, why)) claimed += amount;
    }

    function misbehave(uint256 seed) external {
        token.behave(manner(seed), payee((seed >> 8) % PAYEES));
    }

    function sendPast(uint64 amount) external {
        amount = bound64(amount, 0, MOST);
        token.mint(address(stake), amount);
        forced += amount;
    }

    // contradictions

    /// @dev Two claims of a worker about one attempt: a due slash, whatever the token and the accused do.
    function contradict(uint256 seed) external {
        // Not too often, or nobody has a bond to lose in any other way.
        if (seed >> 32 & 3 != 0) return accuseTheInnocent(seed);
        uint256 who = seed % WORKERS;
        uint256 key = (seed >> 8 & 0xff) % keys[who].length;
        bytes32 jobId = keccak256(abi.encode("job", seed >> 16 & 15));
        ResultAttestation memory a = claimOf(who, jobId, 0, RIGHT);
        bytes32 id = caseId(ICourt.Kind.Contradiction, who, a);
        SignedAttestation memory first = signed(who, key, a);
        a.outputCommitment = WRONG;
        bytes memory call_ = abi.encodeCall(Court.contradiction, (first, signed(who, key, a)));
        bytes memory why;
        if (!alive(who, key)) why = abi.encodeWithSelector(ICourt.WrongSigner.selector, people[who].addr);
        else if (known(id)) why = abi.encodeWithSelector(ICourt.KnownCase.selector, id);
        uint64 bonded = stake.bondOf(people[who].addr).bonded;
        if (!expected(reporter(), address(court), call_, why)) return;
        vm.assertEq(stake.bondOf(people[who].addr).bonded, 0, "a contradiction left something");
        ruin(who, bonded);
        cases.push(id);
    }

    /// @dev What looks like a contradiction and is none.
    function accuseTheInnocent(uint256 seed) public {
        uint256 who = seed % WORKERS;
        uint256 key = keys[who].length - 1;
        SignedAttestation memory fine;
        fine.attestation = claimOf(who, keccak256(abi.encode("job", seed >> 16 & 15)), 0, RIGHT);
        bytes32 claim_ = encodedClaim(fine.attestation);
        SignedAttestation memory odd;
        odd.attestation = claimOf(who, fine.attestation.jobId, 0, RIGHT);
        uint256 how = seed >> 8 & 3;
        if (how == 0) {
            // The same claim at another time.
            odd.attestation.issuedAt = 7;
            bytes memory same = abi.encodeWithSelector(ICourt.SameClaim.selector, claim_);
            refused(reporter(), address(court), abi.encodeCall(Court.contradiction, (odd, fine)), same);
            return;
        }
        odd.attestation.outputCommitment = WRONG;
        // Signed by another worker, or about something else than was signed, or malleated.
        odd = how == 1 ? signed((who + 1) % WORKERS, 0, odd.attestation) : signed(who, key, odd.attestation);
        if (how == 2) odd.attestation.outputUnits = 1;
        if (how == 3) odd.signature = malleate(odd.signature);
        bytes memory why = abi.encodeWithSelector(ICourt.WrongSigner.selector, people[who].addr);
        refused(reporter(), address(court), abi.encodeCall(Court.contradiction, (odd, fine)), why);
    }

    // the operator

    /// @dev One result of a worker, right or wrong, and one canary for later epochs.
    function seal(uint256 seed) external {
        if (epochs.length == EPOCHS) return;
        uint256 who = seed % WORKERS;
        Sealed memory e = Sealed(0, uint8(who), uint8(keys[who].length - 1), uint8(revealed), seed >> 8 & 1 == 0);
        e.root = leafHash(leafOf(epochs.length, e));
        bytes memory why;
        ICourt.Epoch memory latest = court.epochOf(uint64(epochs.length - 1));
        if (latest.sealedAt != 0 && latest.beacon == 0 && !latest.withheld) {
            why = abi.encodeWithSelector(ICourt.NotDrawn.selector, epochs.length - 1);
        }
        bytes memory call_ = abi.encodeCall(Court.seal, (sealOf(epochs.length, e)));
        if (!expected(offices.settler, address(court), call_, why)) return;
        epochs.push(e);
        if (seed >> 16 & 3 == 0) return;
        vm.roll(block.number + Deployment.policy().drawDelay + 1);
        draw();
    }

    function draw() public {
        uint64 epoch = court.latestEpoch();
        ICourt.Epoch memory e = court.epochOf(epoch);
        bytes memory why;
        if (e.beacon != 0) {
            why = abi.encodeWithSelector(ICourt.AlreadyDrawn.selector, epoch);
        } else if (e.withheld) {
            why = abi.encodeWithSelector(ICourt.DeclaredWithheld.selector, epoch);
        } else if (e.sealedAt == 0) {
            why = abi.encodeWithSelector(ICourt.NotSealed.selector, epoch);
        } else if (block.number <= e.drawBlock) {
            why = abi.encodeWithSelector(ICourt.TooEarly.selector, e.drawBlock + 1);
        } else if (block.number > e.drawBlock + 256) {
            why = abi.encodeWithSelector(ICourt.BlockHashGone.selector, e.drawBlock);
        }
        if (expected(reporter(), address(court), abi.encodeCall(Court.draw, (preimages[revealed + 1])), why)) {
            ++revealed;
        }
    }

    function withhold() external {
        uint64 epoch = court.latestEpoch();
        ICourt.Epoch memory e = court.epochOf(epoch);
        uint256 from = uint256(e.drawBlock) + court.revealWindow();
        bytes32 id = keccak256(abi.encode(ICourt.Kind.WithheldBeacon, people[OPERATOR].addr, bytes32(uint256(epoch))));
        bytes memory why;
        if (e.sealedAt == 0 || e.beacon != 0 || block.number <= from) {
            why = abi.encodeWithSelector(ICourt.NotWithheld.selector, epoch, from);
        } else if (known(id)) {
            why = abi.encodeWithSelector(ICourt.KnownCase.selector, id);
        }
        IStake.Bond memory before = stake.bondOf(people[OPERATOR].addr);
        if (!expected(reporter(), address(court), abi.encodeCall(Court.withheldBeacon, ()), why)) return;
        slashed(OPERATOR, penalty(before));
    }

    /// @dev The operator signs a second seal of an epoch.
    function equivocate(uint256 seed) external {
        uint256 epoch = 1 + seed % 8;
        EpochSeal memory a;
        (a.epoch, a.root, a.count) = (uint64(epoch), "one", 1);
        EpochSeal memory b;
        (b.epoch, b.root, b.count) = (uint64(epoch), "another", 1);
        bytes32 id = keccak256(abi.encode(ICourt.Kind.Equivocation, people[OPERATOR].addr, bytes32(epoch)));
        bytes memory why;
        bool framed = seed >> 8 & 1 == 0;
        if (framed) why = abi.encodeWithSelector(ICourt.WrongSigner.selector, people[OPERATOR].addr);
        else if (known(id)) why = abi.encodeWithSelector(ICourt.KnownCase.selector, id);
        bytes memory signature = sealSignature(a, framed ? 0 : OPERATOR);
        bytes memory other = framed ? signature : sealSignature(b, OPERATOR);
        uint64 bonded = stake.bondOf(people[OPERATOR].addr).bonded;
        bytes memory call_ = abi.encodeCall(Court.equivocation, (a, signature, b, other));
        if (!expected(reporter(), address(court), call_, why)) return;
        ruin(OPERATOR, bonded);
    }

    // cases that rest on judgement

    function accuse(uint256 seed) external {
        if (epochs.length < 3) return;
        uint256 epoch = epochs.length - 1 - seed % (epochs.length - 2); // from 2
        Sealed memory e = epochs[epoch];
        uint256 canaryEpoch = 1 + (seed >> 8 & 0xff) % epoch; // sometimes the same
        CanaryEvidence memory evidence = canaryEvidence(epoch, e, canaryEpoch);
        bytes32 id = caseId(ICourt.Kind.Canary, e.worker, evidence.result.attestation);
        bytes memory why = noCanary(epoch, e, canaryEpoch, id);
        if (!expected(reporter(), address(court), abi.encodeCall(Court.canary, (evidence)), why)) return;
        cases.push(id);
    }

    function appeal(uint256 seed) external {
        if (cases.length == 0) return;
        bytes32 id = cases[seed % cases.length];
        ICourt.Case memory c = court.caseOf(id);
        bytes memory why;
        address caller = seed >> 8 & 3 == 0 ? reporter() : c.accused;
        if (c.state != ICourt.State.Open) why = abi.encodeWithSelector(ICourt.WrongState.selector, id, c.state);
        else if (caller != c.accused) why = abi.encodeWithSelector(ICourt.NotAccused.selector, id, caller);
        else if (block.timestamp > c.deadline) why = abi.encodeWithSelector(ICourt.TooLate.selector, c.deadline);
        expected(caller, address(court), abi.encodeCall(Court.appeal, (id)), why);
    }

    function rule(uint256 seed) external {
        if (cases.length == 0) return;
        bytes32 id = cases[seed % cases.length];
        ICourt.Case memory c = court.caseOf(id);
        bool upheld = seed >> 8 & 1 == 0;
        bytes memory why;
        if (c.state != ICourt.State.Appealed) why = abi.encodeWithSelector(ICourt.WrongState.selector, id, c.state);
        else if (block.timestamp > c.deadline) why = abi.encodeWithSelector(ICourt.TooLate.selector, c.deadline);
        if (why.length == 0 && upheld) allow(c);
        bytes memory call_ = abi.encodeCall(Court.rule, (id, upheld));
        expected(offices.arbiter, address(court), call_, why);
        forget(c.accused);
    }

    function close(uint256 seed) external {
        if (cases.length == 0) return;
        bytes32 id = cases[seed % cases.length];
        ICourt.Case memory c = court.caseOf(id);
        bytes memory call_ = abi.encodeCall(Court.close, (id));
        if (c.state == ICourt.State.Due) {
            (bool done, bytes memory answer) = tried(reporter(), address(court), call_);
            bytes memory braked = abi.encodeWithSelector(ICourt.Braked.selector, id);
            if (!done && keccak256(answer) != keccak256(braked)) revert RefusedOtherwise(answer, braked);
        } else {
            bytes memory why;
            if (c.state == ICourt.State.Closed) {
                why = abi.encodeWithSelector(ICourt.WrongState.selector, id, c.state);
            } else if (block.timestamp <= c.deadline) {
                why = abi.encodeWithSelector(ICourt.TooEarly.selector, uint256(c.deadline) + 1);
            }
            if (why.length == 0 && c.state == ICourt.State.Open) allow(c);
            expected(reporter(), address(court), call_, why);
        }
        forget(c.accused);
    }

    // whoever has no business here

    function intrude(uint256 seed) external {
        address[6] memory callers = [
            people[seed % 4].addr, offices.settler, offices.guardian, offices.arbiter, offices.deployer, address(escrow)
        ];
        address caller = callers[(seed >> 8) % 6];
        address victim = people[(seed >> 16) % 4].addr;
        uint64 amount = uint64(seed >> 24);
        bytes[6] memory calls = [
            abi.encodeCall(Stake.freeze, (victim, amount)),
            abi.encodeCall(Stake.release, (victim, amount)),
            abi.encodeCall(Stake.slash, (victim, amount)),
            abi.encodeCall(Stake.award, (caller, amount, seed >> 80 & 1 == 0)),
            abi.encodeCall(Court.rule, (bytes32(seed), true)),
            abi.encodeCall(Court.anchor, (bytes32(seed)))
        ];
        uint256 what = (seed >> 96) % calls.length;
        if (caller == offices.arbiter && what == 4 || caller == offices.settler && what == 5) return;
        bytes memory why = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, caller);
        refused(caller, what < 4 ? address(stake) : address(court), calls[what], why);
    }

    // the clock

    function pass(uint256 seed) external {
        uint256[6] memory spans = [uint256(12), 1 hours, 1 days, 3 days, 8 days, 15 days];
        vm.warp(block.timestamp + spans[seed % 6]);
        vm.roll(block.number + 1 + (seed >> 8) % 120);
    }

    // books

    function allow(ICourt.Case memory c) private {
        uint256 who = indexOf(c.accused);
        // What a case froze before its accused lost everything is gone.
        if (c.ruins == ledgers[who].ruins) slashed(who, c.amount);
    }

    function ruin(uint256 who, uint64 bonded) private {
        ++ledgers[who].ruins;
        slashed(who, bonded);
    }

    function slashed(uint256 who, uint256 most) private {
        ledgers[who].slashable += most;
        ++slashes;
        forget(people[who].addr);
    }

    /// @dev No more can thaw than is bonded.
    function forget(address accused) private {
        uint256 who = indexOf(accused);
        uint64 bonded = stake.bondOf(accused).bonded;
        if (ledgers[who].thawing > bonded) ledgers[who].thawing = bonded;
    }

    function penalty(IStake.Bond memory b) private pure returns (uint256) {
        Policy memory p = Deployment.policy();
        uint256 due = uint256(b.bonded) * p.penaltyBps / 10_000;
        if (due < p.minPenalty) due = p.minPenalty;
        return due < b.bonded - b.frozen ? due : b.bonded - b.frozen;
    }

    function noCanary(uint256 epoch, Sealed memory e, uint256 canaryEpoch, bytes32 id)
        private
        view
        returns (bytes memory)
    {
        uint256 latest = uint256(court.epochOf(uint64(epoch)).sealedAt) + Deployment.policy().maxAge;
        if (block.timestamp > latest) return abi.encodeWithSelector(ICourt.TooOld.selector, latest);
        if (!alive(e.worker, e.key)) {
            return abi.encodeWithSelector(ICourt.WrongSigner.selector, people[e.worker].addr);
        }
        if (canaryEpoch == epoch) return abi.encodeWithSelector(ICourt.NotEarlier.selector, epoch, epoch);
        if (e.right) return abi.encodeWithSelector(ICourt.AcceptedAnswer.selector, RIGHT);
        if (known(id)) return abi.encodeWithSelector(ICourt.KnownCase.selector, id);
        return "";
    }

    // what is signed and sealed

    function claimOf(uint256 who, bytes32 jobId, uint64 epoch, bytes32 output)
        private
        view
        returns (ResultAttestation memory a)
    {
        (a.jobId, a.attempt, a.worker, a.epoch) = (jobId, 1, people[who].addr, epoch);
        (a.modelDigest, a.profileDigest, a.inputDigest) = ("model", "profile", "input");
        a.outputCommitment = Typed.outputCommitment(jobId, 1, a.worker, SALT, output);
    }

    function sealedClaim(uint256 epoch, Sealed memory e) private view returns (ResultAttestation memory) {
        return claimOf(e.worker, keccak256(abi.encode("sealed", epoch)), uint64(epoch), e.right ? RIGHT : WRONG);
    }

    function leafOf(uint256 epoch, Sealed memory e) private view returns (SealLeaf memory) {
        bytes32 digest = court.attestationDigest(sealedClaim(epoch, e));
        return SealLeaf(digest, people[e.worker].addr, reporter(), 1e6, 300);
    }

    function leafHash(SealLeaf memory l) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(l))));
    }

    function canaryLeaf() private pure returns (CanaryLeaf memory) {
        return CanaryLeaf("canary", "input", "model", "profile", keccak256(abi.encodePacked(RIGHT)), "salt");
    }

    function sealOf(uint256 epoch, Sealed memory e) private view returns (EpochSeal memory s) {
        (s.epoch, s.root, s.count, s.totalPrice) = (uint64(epoch), e.root, 1, 1e6);
        s.prevRoot = epoch == 1 ? bytes32(0) : epochs[epoch - 1].root;
        s.canaryRoot = keccak256(bytes.concat(keccak256(abi.encode(canaryLeaf()))));
        s.beaconCommitment = preimages[e.preimage];
    }

    function canaryEvidence(uint256 epoch, Sealed memory e, uint256 canaryEpoch)
        private
        view
        returns (CanaryEvidence memory evidence)
    {
        evidence.subject.epochSeal = sealOf(epoch, e);
        evidence.subject.leaf = leafOf(epoch, e);
        evidence.result = signed(e.worker, e.key, sealedClaim(epoch, e));
        evidence.canarySeal = sealOf(canaryEpoch, epochs[canaryEpoch]);
        evidence.canary = canaryLeaf();
        evidence.accepted = new bytes32[](1);
        evidence.accepted[0] = RIGHT;
        (evidence.outputSalt, evidence.outputDigest) = (SALT, e.right ? RIGHT : WRONG);
    }

    function signed(uint256 who, uint256 key, ResultAttestation memory a)
        private
        view
        returns (SignedAttestation memory s)
    {
        // A copy: the caller goes on to change what it has.
        s.attestation = abi.decode(abi.encode(a), (ResultAttestation));
        s.signature = sign(secret(who, key), court.attestationDigest(a));
    }

    function sealSignature(EpochSeal memory s, uint256 who) private view returns (bytes memory) {
        bytes32 structHash = keccak256(abi.encode(Typed.EPOCH_SEAL, s));
        return sign(secret(who, 0), digest(address(court), structHash));
    }

    function encodedClaim(ResultAttestation memory a) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                a.assignment,
                a.modelDigest,
                a.profileDigest,
                a.inputDigest,
                a.outputCommitment,
                a.evidenceRoot,
                a.toleranceDigest,
                a.method,
                a.inputUnits,
                a.outputUnits
            )
        );
    }

    function caseId(ICourt.Kind kind, uint256 who, ResultAttestation memory a) private view returns (bytes32) {
        return keccak256(abi.encode(kind, people[who].addr, keccak256(abi.encode(a.jobId, a.attempt))));
    }

    function known(bytes32 id) private view returns (bool) {
        return court.caseOf(id).state != ICourt.State.None;
    }

    // words

    function bindNext(uint256 who) private {
        uint256 secret_ = secret(who, keys[who].length);
        address key = vm.addr(secret_);
        keys[who].push(key);
        address owner = people[who].addr;
        bytes32 structHash = Typed.sessionKey(owner, key, type(uint256).max);
        bytes memory agreed = sign(secret_, digest(address(stake), structHash));
        must(owner, address(stake), abi.encodeCall(Stake.bindKey, (key, type(uint256).max, agreed)));
    }

    function secret(uint256 who, uint256 key) private pure returns (uint256) {
        return uint256(keccak256(abi.encode("session key", who, key))) >> 1;
    }

    /// @dev By the Stake's own books, which StakeTests checks.
    function alive(uint256 who, uint256 key) private view returns (bool) {
        (, uint40 deadAt) = stake.keys(keys[who][key]);
        return deadAt == 0 || block.timestamp < deadAt;
    }

    function anyone(uint256 seed) private pure returns (uint256) {
        return (seed & 0xff) % (WORKERS + 1);
    }

    function indexOf(address accused) private view returns (uint256 who) {
        while (people[who].addr != accused) ++who;
    }
}
