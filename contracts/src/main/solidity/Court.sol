// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Blockhash} from "@openzeppelin/contracts/utils/Blockhash.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {ICourt} from "./interfaces/ICourt.sol";
import {IStake} from "./interfaces/IStake.sol";
import {Draw} from "./libraries/Draw.sol";
import {Typed} from "./libraries/Typed.sol";
import {
    AuditNotice,
    CanaryEvidence,
    EpochSeal,
    Policy,
    ResultAttestation,
    SealedLeaf,
    SealLeaf,
    SignedAttestation,
    Verdict,
    VerdictEvidence,
    VerifierEntry,
    Vote
} from "./types/Types.sol";

/// @dev See {ICourt}.
contract Court is ICourt, AccessManaged, EIP712 {
    uint16 internal constant BPS = 10_000;
    uint16 public constant REWARD_BPS = 2_000;
    uint16 public constant COMPENSATION_CAP_BPS = 5_000;
    uint16 public constant DAILY_BPS = 500;
    uint16 public constant MAX_PENALTY_BPS = 5_000;
    uint16 public constant MAX_COMPENSATION_BPS = 50_000;

    uint8 public constant ROUNDS = 3;
    uint256 public constant GENERAL_SEATS = 4;
    uint256 public constant PROFILE_SEATS = 3;
    uint256 public constant QUORUM = 5;
    uint256 public constant OWN_PROFILE = 2;
    uint8 internal constant INVALID = 2;
    /// @dev How far back EIP-2935 remembers block hashes.
    uint256 internal constant HISTORY = 8_191;

    IStake public immutable stake;
    address public immutable operator;
    address public immutable insurance;
    uint40 public immutable maxAge;
    uint40 public immutable window;
    uint40 public immutable ruling;
    uint32 public immutable drawDelay;
    uint32 public immutable revealWindow;
    uint16 public immutable penaltyBps;
    uint16 public immutable compensationBps;
    uint64 public immutable minPenalty;
    uint64 public immutable appealFee;
    uint64 public immutable verifierFee;
    uint64 public immutable verifierBond;

    /// @dev Words that were written before: a seal fills none that was empty. What lasts of an epoch is kept when it ends.
    struct Latest {
        bytes32 seal;
        bytes32 root;
        uint64 epoch;
        uint64 drawBlock;
        uint40 sealedAt;
    }

    Latest internal _latest;
    /// @dev The commitment of the beacon to come: keccak256 of the next preimage.
    bytes32 public link;
    uint64 public brakeLevel;
    uint40 public brakeSince;
    /// @dev Those that have ended: drawn, or declared withheld. Of the latest, before it ends, the pinned hash only.
    mapping(uint64 epoch => Epoch) internal _epochs;
    mapping(bytes32 id => Case) internal _cases;
    mapping(bytes32 id => address[]) internal _voters;
    /// @dev How often an accused has lost its whole bond. What a case froze before such a loss is gone.
    mapping(address accused => uint32) internal _ruins;

    constructor(
        IStake stake_,
        address operator_,
        address insurance_,
        bytes32 commitment,
        Policy memory policy,
        address authority
    ) AccessManaged(authority) EIP712("Assay", "1") {
        uint256 needed = uint256(policy.maxAge) + policy.window + policy.ruling + 1 days;
        require(needed <= stake_.thaw(), PeriodsTooLong(needed, stake_.thaw()));
        require(
            operator_ != address(0) && insurance_ != address(0) && policy.drawDelay != 0 && policy.revealWindow != 0
                && uint256(policy.drawDelay) + policy.revealWindow < HISTORY && policy.penaltyBps != 0
                && policy.penaltyBps <= MAX_PENALTY_BPS && policy.compensationBps <= MAX_COMPENSATION_BPS,
            PolicyOutOfRange()
        );
        (stake, operator, insurance, link) = (stake_, operator_, insurance_, commitment);
        (maxAge, window, ruling) = (policy.maxAge, policy.window, policy.ruling);
        (drawDelay, revealWindow) = (policy.drawDelay, policy.revealWindow);
        (penaltyBps, compensationBps, minPenalty) = (policy.penaltyBps, policy.compensationBps, policy.minPenalty);
        (appealFee, verifierFee, verifierBond) = (policy.appealFee, policy.verifierFee, policy.verifierBond);
        emit Anchored(commitment);
    }

    // -------------------------------------------------------------------------------------- seals and beacon

    /// @inheritdoc ICourt
    function seal(EpochSeal calldata s) external restricted {
        uint64 expected = _latest.epoch + 1;
        require(s.epoch == expected, EpochOutOfOrder(s.epoch, expected));
        _checkBetweenEpochs();
        require(s.prevRoot == _latest.root, WrongParent(s.prevRoot, _latest.root));
        require(s.beaconCommitment == link, WrongCommitment(s.beaconCommitment, link));
        require(s.count != 0, EmptySeal(s.epoch));
        uint64 drawBlock = uint64(block.number) + drawDelay;
        _latest = Latest(Typed.hash(s), s.root, s.epoch, drawBlock, uint40(block.timestamp));
        emit Sealed(s.epoch, s.root, s, drawBlock);
    }

    /// @inheritdoc ICourt
    function pin() external {
        uint64 epoch = _latest.epoch;
        bytes32 hash = _drawHash(epoch);
        _epochs[epoch].blockHash = hash;
        emit Pinned(epoch, hash);
    }

    /// @inheritdoc ICourt
    function draw(bytes32 preimage) external {
        uint64 epoch = _latest.epoch;
        Epoch storage e = _epochs[epoch];
        require(e.beacon == 0, AlreadyDrawn(epoch));
        // The operator, which knows the block's hash by now, could anchor preimage after preimage until it likes the draw.
        require(!e.withheld, DeclaredWithheld(epoch));
        require(keccak256(abi.encode(preimage)) == link, WrongPreimage(preimage));
        bytes32 hash = _drawHash(epoch);
        bytes32 beacon = Draw.beacon(preimage, hash, _latest.root);
        e.beacon = beacon;
        _end(e, false);
        link = preimage;
        emit Drawn(epoch, beacon, preimage, hash);
    }

    /// @inheritdoc ICourt
    function anchor(bytes32 commitment) external restricted {
        _checkBetweenEpochs();
        link = commitment;
        emit Anchored(commitment);
    }

    // ---------------------------------------------------------------------------------------------- evidence

    /// @inheritdoc ICourt
    function contradiction(SignedAttestation calldata a, SignedAttestation calldata b) external returns (bytes32 id) {
        address worker = a.attestation.worker;
        bytes32 subject = _attempt(a.attestation);
        require(subject == _attempt(b.attestation), Mismatch(_attempt(b.attestation), subject));
        require(b.attestation.worker == worker, WrongSigner(worker));
        bytes32 claim = Typed.claim(a.attestation);
        require(claim != Typed.claim(b.attestation), SameClaim(claim));
        _checkSigned(a);
        _checkSigned(b);

        // No age limit: what a worker says of its own time must not make it immune. Keys die one thaw after revocation.
        id = _register(Kind.Contradiction, worker, subject);
        Case storage c = _cases[id];
        c.amount = _slashAll(worker);
        (c.state, c.deadline) = (State.Held, uint40(block.timestamp) + window);
        _announce(id, c);
    }

    /// @inheritdoc ICourt
    function compensate(bytes32 id, SignedAttestation calldata result, SealedLeaf calldata subject) external {
        Case storage c = _cases[id];
        require(c.state == State.Held, WrongState(id, c.state));
        bytes32 expected = _id(Kind.Contradiction, result.attestation.worker, _attempt(result.attestation));
        require(id == expected, Mismatch(id, expected));
        _checkSealed(subject);
        _checkResult(result, subject);
        _nameHarm(id, c, subject.leaf.requester, subject.leaf.price);
        _distributeHeld(id, c);
    }

    /// @inheritdoc ICourt
    function canary(CanaryEvidence calldata e) external returns (bytes32 id) {
        uint64 epoch = e.subject.epochSeal.epoch;
        ResultAttestation calldata a = e.result.attestation;
        _checkSealed(e.subject);
        _checkAge(epoch);
        _checkResult(e.result, e.subject);
        // The worker signed the epoch it worked in, so the operator cannot have seen the result before it committed.
        require(e.canarySeal.epoch < epoch, NotEarlier(e.canarySeal.epoch, epoch));
        _checkKnown(e.canarySeal);
        _checkProof(e.canaryProof, e.canarySeal.canaryRoot, Typed.leaf(e.canary));
        _checkEqual(e.canary.inputDigest, a.inputDigest);
        _checkEqual(e.canary.modelDigest, a.modelDigest);
        _checkEqual(e.canary.profileDigest, a.profileDigest);
        _checkEqual(keccak256(abi.encodePacked(e.accepted)), e.canary.acceptedHash);
        _checkEqual(
            Typed.outputCommitment(a.jobId, a.attempt, a.worker, e.outputSalt, e.outputDigest), a.outputCommitment
        );
        for (uint256 i; i < e.accepted.length; ++i) {
            require(e.accepted[i] != e.outputDigest, AcceptedAnswer(e.outputDigest));
        }
        // Nobody is harmed: whoever pays for a canary must not earn by its failure.
        id = _open(Kind.Canary, a);
        _announce(id, _cases[id]);
    }

    /// @inheritdoc ICourt
    function verdict(VerdictEvidence calldata e) external returns (bytes32 id) {
        uint64 epoch = e.subject.epochSeal.epoch;
        bytes32 leaf = _checkSealed(e.subject);
        _checkAge(epoch);
        require(_selected(epoch, leaf, e.subject.leaf.auditRateBps), NotSelected(epoch, leaf));
        bytes32 digest = _checkResult(e.result, e.subject);
        _checkVotes(e, digest, leaf);

        id = _open(Kind.Verdict, e.result.attestation);
        Case storage c = _cases[id];
        c.verifierFee = verifierFee;
        for (uint256 i; i < e.votes.length; ++i) {
            _voters[id].push(e.votes[i].entry.verifier);
        }
        _nameHarm(id, c, e.subject.leaf.requester, e.subject.leaf.price);
        _announce(id, c);
    }

    /// @inheritdoc ICourt
    function illegitimateAudit(SealedLeaf calldata subject, AuditNotice calldata notice, bytes calldata signature)
        external
        returns (bytes32 id)
    {
        bytes32 leaf = _checkSealed(subject);
        uint64 epoch = subject.epochSeal.epoch;
        require(notice.epoch == epoch, EpochOutOfOrder(notice.epoch, epoch));
        _checkEqual(notice.leaf, leaf);
        _checkSigner(Typed.hash(notice), signature, operator);
        require(!_selected(epoch, leaf, subject.leaf.auditRateBps), WasSelected(epoch, leaf));
        id = _register(Kind.IllegitimateAudit, operator, leaf);
        _nameHarm(id, _cases[id], subject.leaf.worker, subject.leaf.price);
        _slashNow(id, _slashShare(operator));
    }

    /// @inheritdoc ICourt
    function equivocation(
        EpochSeal calldata a,
        bytes calldata signatureA,
        EpochSeal calldata b,
        bytes calldata signatureB
    ) external returns (bytes32 id) {
        require(a.epoch == b.epoch, EpochOutOfOrder(b.epoch, a.epoch));
        bytes32 hashA = Typed.hash(a);
        bytes32 hashB = Typed.hash(b);
        require(hashA != hashB, SameClaim(hashA));
        bytes32 onChain = _sealOf(a.epoch);
        if (hashA != onChain) _checkSigner(hashA, signatureA, operator);
        if (hashB != onChain) _checkSigner(hashB, signatureB, operator);
        id = _register(Kind.Equivocation, operator, bytes32(uint256(a.epoch)));
        _slashNow(id, _slashAll(operator));
    }

    /// @inheritdoc ICourt
    function withheldBeacon() external returns (bytes32 id) {
        uint64 epoch = _latest.epoch;
        Epoch storage e = _epochs[epoch];
        uint256 from = uint256(_latest.drawBlock) + revealWindow;
        require(epoch != 0 && e.beacon == 0 && block.number > from, NotWithheld(epoch, from));
        id = _register(Kind.WithheldBeacon, operator, bytes32(uint256(epoch)));
        _end(e, true);
        _slashNow(id, _slashShare(operator));
    }

    // ------------------------------------------------------------------------------------------------- cases

    /// @inheritdoc ICourt
    function appeal(bytes32 id) external {
        Case storage c = _cases[id];
        require(c.state == State.Open, WrongState(id, c.state));
        require(c.accused == msg.sender, NotAccused(id, msg.sender));
        require(block.timestamp <= c.deadline, TooLate(c.deadline));
        (c.state, c.deadline) = (State.Appealed, uint40(block.timestamp) + ruling);
        _forgetLost(c);
        c.amount += stake.freeze(msg.sender, appealFee);
        emit Appealed(id, c.amount, c.deadline);
    }

    /// @inheritdoc ICourt
    function rule(bytes32 id, bool upheld) external restricted {
        Case storage c = _cases[id];
        require(c.state == State.Appealed, WrongState(id, c.state));
        require(block.timestamp <= c.deadline, TooLate(c.deadline));
        if (upheld) _uphold(id, c);
        else _dismiss(id, c);
    }

    /// @inheritdoc ICourt
    function close(bytes32 id) external {
        Case storage c = _cases[id];
        State state = c.state;
        if (state != State.Due) {
            require(state == State.Open || state == State.Appealed || state == State.Held, WrongState(id, state));
            require(block.timestamp > c.deadline, TooEarly(uint256(c.deadline) + 1));
        }
        if (state == State.Appealed) _dismiss(id, c);
        else if (state == State.Held) _distributeHeld(id, c);
        else if (state == State.Open) _uphold(id, c);
        else require(_collect(id, c), Braked(id));
    }

    // ------------------------------------------------------------------------------------------------- views

    /// @inheritdoc ICourt
    function selected(uint64 epoch, bytes32 leaf, uint16 rateBps) external view returns (bool) {
        return _selected(epoch, leaf, rateBps);
    }

    /// @inheritdoc ICourt
    function committee(uint64 epoch, bytes32 leaf, uint8 round, uint32 verifierCount, uint32 ofProfile)
        public
        view
        returns (uint32[] memory general, uint32[] memory own)
    {
        bytes32 beacon = _beacon(epoch);
        general = Draw.seats(Draw.committeeSeed(beacon, leaf, round, "ALL"), verifierCount, GENERAL_SEATS);
        own = Draw.seats(Draw.committeeSeed(beacon, leaf, round, "OWN"), ofProfile, PROFILE_SEATS);
    }

    /// @inheritdoc ICourt
    function attestationDigest(ResultAttestation calldata attestation) external view returns (bytes32) {
        return _hashTypedDataV4(Typed.hash(attestation));
    }

    /// @inheritdoc ICourt
    function verdictDigest(Verdict calldata verdict_) external view returns (bytes32) {
        return _hashTypedDataV4(Typed.hash(verdict_));
    }

    /// @inheritdoc ICourt
    function caseOf(bytes32 id) external view returns (Case memory) {
        return _cases[id];
    }

    /// @inheritdoc ICourt
    function epochOf(uint64 epoch) external view returns (Epoch memory e) {
        e = _epochs[epoch];
        if (epoch == _latest.epoch) {
            (e.seal, e.drawBlock, e.sealedAt) = (_latest.seal, _latest.drawBlock, _latest.sealedAt);
        }
    }

    /// @inheritdoc ICourt
    function latestEpoch() external view returns (uint64) {
        return _latest.epoch;
    }

    /// @inheritdoc ICourt
    function latestRoot() external view returns (bytes32) {
        return _latest.root;
    }

    // ------------------------------------------------------------------------------- private: what is checked

    function _checkBetweenEpochs() private view {
        uint64 epoch = _latest.epoch;
        require(epoch == 0 || _epochs[epoch].sealedAt != 0, NotDrawn(epoch));
    }

    /// @dev Of the latest epoch.
    function _drawHash(uint64 epoch) private view returns (bytes32 hash) {
        require(epoch != 0, NotSealed(epoch));
        hash = _epochs[epoch].blockHash;
        if (hash != 0) return hash;
        uint64 drawBlock = _latest.drawBlock;
        require(block.number > drawBlock, TooEarly(uint256(drawBlock) + 1));
        hash = Blockhash.blockHash(drawBlock);
        require(hash != 0, BlockHashGone(drawBlock));
    }

    function _sealOf(uint64 epoch) private view returns (bytes32) {
        return epoch == _latest.epoch ? _latest.seal : _epochs[epoch].seal;
    }

    function _beacon(uint64 epoch) private view returns (bytes32 beacon) {
        beacon = _epochs[epoch].beacon;
        require(beacon != 0, NotDrawn(epoch));
    }

    function _selected(uint64 epoch, bytes32 leaf, uint16 rateBps) private view returns (bool) {
        return Draw.selected(_beacon(epoch), epoch, leaf, rateBps);
    }

    function _checkKnown(EpochSeal calldata s) private view {
        require(_sealOf(s.epoch) == Typed.hash(s), NotSealed(s.epoch));
    }

    function _checkSealed(SealedLeaf calldata subject) private view returns (bytes32 leaf) {
        _checkKnown(subject.epochSeal);
        leaf = Typed.leaf(subject.leaf);
        _checkProof(subject.proof, subject.epochSeal.root, leaf);
    }

    function _checkProof(bytes32[] calldata proof, bytes32 root, bytes32 leaf) private pure {
        require(MerkleProof.verifyCalldata(proof, root, leaf), NotInTree(root, leaf));
    }

    /// @dev From the seal, not from what the worker signed: only this clock is nobody's own.
    function _checkAge(uint64 epoch) private view {
        uint256 latest = uint256(epoch == _latest.epoch ? _latest.sealedAt : _epochs[epoch].sealedAt) + maxAge;
        require(block.timestamp <= latest, TooOld(latest));
    }

    /// @dev The sealed leaf is this attestation, and the worker signed it.
    function _checkResult(SignedAttestation calldata result, SealedLeaf calldata subject)
        private
        view
        returns (bytes32 digest)
    {
        ResultAttestation calldata a = result.attestation;
        digest = _checkSigned(result);
        _checkEqual(subject.leaf.attestation, digest);
        require(subject.leaf.worker == a.worker, WrongSigner(a.worker));
        require(a.epoch == subject.epochSeal.epoch, EpochOutOfOrder(a.epoch, subject.epochSeal.epoch));
    }

    function _checkSigned(SignedAttestation calldata s) private view returns (bytes32) {
        return _checkSigner(Typed.hash(s.attestation), s.signature, s.attestation.worker);
    }

    function _checkSigner(bytes32 structHash, bytes calldata signature, address expected)
        private
        view
        returns (bytes32 digest)
    {
        digest = _hashTypedDataV4(structHash);
        (address key, ECDSA.RecoverError fault,) = ECDSA.tryRecoverCalldata(digest, signature);
        require(
            fault == ECDSA.RecoverError.NoError && expected != address(0) && stake.workerOf(key) == expected,
            WrongSigner(expected)
        );
    }

    function _checkVotes(VerdictEvidence calldata e, bytes32 digest, bytes32 leaf) private view {
        require(e.round < ROUNDS, RoundOutOfRange(e.round));
        require(e.votes.length >= QUORUM, TooFewVotes(e.votes.length, QUORUM));
        uint32 ofProfile;
        for (uint256 i; i < e.votes.length; ++i) {
            VerifierEntry calldata entry = e.votes[i].entry;
            if (entry.profileDigest == e.result.attestation.profileDigest) ofProfile = entry.ofProfile;
        }
        EpochSeal calldata s = e.subject.epochSeal;
        (uint32[] memory general, uint32[] memory own) = committee(s.epoch, leaf, e.round, s.verifierCount, ofProfile);
        address previous;
        uint256 ownVotes;
        for (uint256 i; i < e.votes.length; ++i) {
            Vote calldata vote = e.votes[i];
            address verifier = vote.entry.verifier;
            require(verifier > previous, NotAscending(previous, verifier));
            previous = verifier;
            if (_checkVote(e, vote, digest, general, own, ofProfile)) ++ownVotes;
        }
        require(ownVotes >= OWN_PROFILE, TooFewOfProfile(ownVotes, OWN_PROFILE));
    }

    /// @return ofOwnProfile whether the verifier runs the worker's own profile
    function _checkVote(
        VerdictEvidence calldata e,
        Vote calldata vote,
        bytes32 digest,
        uint32[] memory general,
        uint32[] memory own,
        uint32 ofProfile
    ) private view returns (bool ofOwnProfile) {
        VerifierEntry calldata entry = vote.entry;
        _checkProof(vote.proof, e.subject.epochSeal.verifierSetRoot, Typed.leaf(entry));
        ofOwnProfile = entry.profileDigest == e.result.attestation.profileDigest;
        bool seated = _contains(general, entry.index)
            || (ofOwnProfile && entry.ofProfile == ofProfile && _contains(own, entry.rank));
        require(seated && entry.verifier != e.result.attestation.worker, NotOnCommittee(entry.verifier));
        uint64 active = stake.activeOf(entry.verifier);
        require(active >= verifierBond, TooLittleAtStake(entry.verifier, active));
        Verdict memory v = Verdict({
            attestation: digest,
            epoch: e.subject.epochSeal.epoch,
            round: e.round,
            outcome: INVALID,
            method: e.result.attestation.method,
            referenceDigest: e.referenceDigest,
            evidenceRoot: e.evidenceRoot,
            verifier: entry.verifier,
            issuedAt: vote.issuedAt
        });
        _checkSigner(Typed.hash(v), vote.signature, entry.verifier);
    }

    function _checkEqual(bytes32 given, bytes32 expected) private pure {
        require(given == expected, Mismatch(given, expected));
    }

    function _contains(uint32[] memory drawn, uint32 seat) private pure returns (bool) {
        for (uint256 i; i < drawn.length; ++i) {
            if (drawn[i] == seat) return true;
        }
        return false;
    }

    // --------------------------------------------------------------------------------- private: what follows

    /// @dev The latest epoch is over: what lasts of it gets words of its own.
    function _end(Epoch storage e, bool withheld) private {
        e.seal = _latest.seal;
        (e.drawBlock, e.sealedAt, e.withheld) = (_latest.drawBlock, _latest.sealedAt, withheld);
    }

    function _attempt(ResultAttestation calldata a) private pure returns (bytes32) {
        return keccak256(abi.encode(a.jobId, a.attempt));
    }

    function _id(Kind kind, address accused, bytes32 subject) private pure returns (bytes32) {
        return keccak256(abi.encode(kind, accused, subject));
    }

    function _register(Kind kind, address accused, bytes32 subject) private returns (bytes32 id) {
        id = _id(kind, accused, subject);
        Case storage c = _cases[id];
        require(c.state == State.None, KnownCase(id));
        (c.kind, c.accused, c.reporter, c.state) = (kind, accused, msg.sender, State.Closed);
    }

    /// @dev By attempt, not by attestation: a claim that was signed and sealed twice is one offence.
    function _open(Kind kind, ResultAttestation calldata a) private returns (bytes32 id) {
        id = _register(kind, a.worker, _attempt(a));
        Case storage c = _cases[id];
        (c.state, c.deadline, c.ruins) = (State.Open, uint40(block.timestamp) + window, _ruins[a.worker]);
        c.amount = stake.freeze(a.worker, _penalty(a.worker));
    }

    /// @dev Without this a case from before a total loss would release or slash what a later case froze.
    function _forgetLost(Case storage c) private {
        uint32 ruins = _ruins[c.accused];
        if (c.ruins != ruins) (c.ruins, c.amount) = (ruins, 0);
    }

    function _announce(bytes32 id, Case storage c) private {
        emit CaseOpened(id, c.accused, c.reporter, c.kind, c.state, c.amount, c.deadline);
    }

    function _penalty(address accused) private view returns (uint64) {
        uint64 share = uint64(uint256(stake.bondOf(accused).bonded) * penaltyBps / BPS);
        return share > minPenalty ? share : minPenalty;
    }

    /// @dev Frozen stake of other cases included: a lesser case must not shield from a greater one.
    function _slashAll(address accused) private returns (uint64) {
        ++_ruins[accused];
        stake.freeze(accused, type(uint64).max);
        return stake.slash(accused, type(uint64).max);
    }

    function _slashShare(address accused) private returns (uint64) {
        return stake.slash(accused, stake.freeze(accused, _penalty(accused)));
    }

    function _slashNow(bytes32 id, uint64 taken) private {
        Case storage c = _cases[id];
        c.amount = taken;
        _announce(id, c);
        c.amount = 0;
        _distribute(id, c, taken);
    }

    function _nameHarm(bytes32 id, Case storage c, address harmed, uint64 price) private {
        uint256 compensation = harmed == address(0) ? 0 : uint256(price) * compensationBps / BPS;
        if (compensation > type(uint64).max) compensation = type(uint64).max;
        (c.harmed, c.compensation) = (harmed, uint64(compensation));
        emit HarmNamed(id, harmed, uint64(compensation));
    }

    function _uphold(bytes32 id, Case storage c) private {
        c.state = State.Due;
        emit Upheld(id);
        _collect(id, c);
    }

    function _dismiss(bytes32 id, Case storage c) private {
        _forgetLost(c);
        uint64 amount = c.amount;
        (c.state, c.amount) = (State.Closed, 0);
        emit Dismissed(id);
        stake.release(c.accused, amount);
    }

    /// @return moved whether anything could be collected under the brake
    function _collect(bytes32 id, Case storage c) private returns (bool moved) {
        _forgetLost(c);
        uint64 asked = c.amount == 0 ? 0 : _brake(c.amount);
        moved = asked != 0 || c.amount == 0;
        uint64 left = c.amount - asked;
        c.amount = left;
        if (left == 0) c.state = State.Closed;
        if (asked != 0) {
            uint64 taken = stake.slash(c.accused, asked);
            _distribute(id, c, taken);
            emit Collected(id, taken, left);
        }
    }

    /// @dev A leaking bucket. It holds half a day's share of all stake and leaks as much in a day, so that no day, whenever
    /// it begins, takes more than the whole; rounded up so that dust can be slashed.
    function _brake(uint64 wanted) private returns (uint64 granted) {
        uint256 capacity = (uint256(stake.totalBonded()) * DAILY_BPS + 2 * BPS - 1) / (2 * BPS);
        uint256 leaked = (block.timestamp - brakeSince) * capacity / 1 days;
        uint256 level = leaked >= brakeLevel ? 0 : brakeLevel - leaked;
        uint256 room = capacity > level ? capacity - level : 0;
        granted = wanted < room ? wanted : uint64(room);
        (brakeLevel, brakeSince) = (uint64(level) + granted, uint40(block.timestamp));
    }

    function _distributeHeld(bytes32 id, Case storage c) private {
        uint64 taken = c.amount;
        (c.state, c.amount) = (State.Closed, 0);
        _distribute(id, c, taken);
    }

    function _distribute(bytes32 id, Case storage c, uint64 taken) private {
        uint64 rest = taken;
        uint64 toHarmed = _least(c.compensation, _share(taken, COMPENSATION_CAP_BPS));
        c.compensation -= toHarmed;
        rest -= toHarmed;
        address[] storage voters = _voters[id];
        uint64 count = uint64(voters.length);
        if (count != 0) {
            uint64 each = _least(c.verifierFee, rest / count);
            c.verifierFee -= each;
            rest -= each * count;
            for (uint256 i; i < count; ++i) {
                _award(voters[i], each, false);
            }
        }
        uint64 reward = _least(rest, _share(taken, REWARD_BPS));
        // A requester has a purse, which it paid from; a worker that the operator harmed has a wallet.
        _award(c.harmed, toHarmed, c.kind != Kind.IllegitimateAudit);
        _award(c.reporter, reward, false);
        _award(insurance, rest - reward, false);
    }

    function _award(address to, uint64 amount, bool toPurse) private {
        if (amount != 0) stake.award(to, amount, toPurse);
    }

    function _share(uint64 amount, uint16 bps) private pure returns (uint64) {
        return uint64(uint256(amount) * bps / BPS);
    }

    function _least(uint64 a, uint64 b) private pure returns (uint64) {
        return a < b ? a : b;
    }
}
