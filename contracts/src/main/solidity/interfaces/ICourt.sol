// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AuditNotice,
    CanaryEvidence,
    EpochSeal,
    ResultAttestation,
    SealedLeaf,
    SignedAttestation,
    Verdict,
    VerdictEvidence
} from "../types/Types.sol";

/// @notice Seals, the draw of audits, and evidence. There is no way to slash but evidence that this contract checks.
///
/// Proven by the accused's own signature or by the clock, and punished at once, past any daily cap:
///   contradiction        two different claims about one attempt at a job: the whole bond
///   equivocation         the operator signed two seals of one epoch: the whole bond
///   illegitimate audit   the operator held back pay for a leaf that was not drawn: the penalty
///   withheld beacon      the operator sealed and did not reveal: the penalty
/// Resting on the judgement of others, so frozen first and open to appeal; unanswered it stands, unruled it falls:
///   canary mismatch      the result is none of those committed to in an earlier epoch
///   verdict              five of the seven verifiers that the beacon drew found the result invalid
/// What is collected of the judged cases in any 24 hours stays under 5 % of all stake, at most half of that at once: a
/// brake on faults of ours. What the brake holds back stays frozen and due.
///
/// Proceeds: the harmed party, at most half; the verifiers' cost; the reporter, at most 20 %; the rest to the insurance.
/// A harmed requester's go to its purse, everyone else's to the wallet.
/// @dev An offence has one id, keccak256(abi.encode(kind, accused, subject)); nobody stands trial twice for one. The
/// subject is keccak256(abi.encode(jobId, attempt)) for a worker's offence, the leaf for an illegitimate audit, the epoch
/// for equivocation and withholding.
interface ICourt {
    enum Kind {
        None,
        Contradiction,
        Canary,
        Verdict,
        IllegitimateAudit,
        Equivocation,
        WithheldBeacon
    }

    /// @dev Open → Appealed → (Due | Closed); Open → Due when unanswered; Due → Closed when all is collected.
    /// Held: slashed already, the harmed requester still to be named.
    enum State {
        None,
        Open,
        Appealed,
        Due,
        Held,
        Closed
    }

    struct Case {
        address accused;
        uint40 deadline;
        State state;
        Kind kind;
        uint32 ruins; // of the accused, when it froze
        address reporter;
        uint64 amount; // frozen and not yet collected; when Held: taken and not yet distributed
        address harmed;
        uint64 compensation; // still owed to the harmed
        uint64 verifierFee; // still owed to each voter
    }

    /// @dev `drawBlock` is the block whose hash the beacon takes; {Drawn} tells that hash.
    struct Epoch {
        bytes32 seal; // EIP-712 struct hash of the EpochSeal
        bytes32 beacon; // zero until drawn
        bytes32 blockHash; // zero unless pinned
        uint64 drawBlock;
        uint40 sealedAt;
        bool withheld;
    }

    event Sealed(uint64 indexed epoch, bytes32 indexed root, EpochSeal epochSeal, uint64 drawBlock);
    event Pinned(uint64 indexed epoch, bytes32 blockHash);
    event Drawn(uint64 indexed epoch, bytes32 beacon, bytes32 preimage, bytes32 blockHash);
    event Anchored(bytes32 commitment);
    event CaseOpened(
        bytes32 indexed id,
        address indexed accused,
        address indexed reporter,
        Kind kind,
        State state,
        uint64 amount,
        uint40 deadline
    );
    event HarmNamed(bytes32 indexed id, address indexed harmed, uint64 compensation);
    event Appealed(bytes32 indexed id, uint64 amount, uint40 deadline);
    event Upheld(bytes32 indexed id);
    event Dismissed(bytes32 indexed id);
    event Collected(bytes32 indexed id, uint64 taken, uint64 left);

    error PeriodsTooLong(uint256 needed, uint40 thaw);
    error PolicyOutOfRange();
    error EpochOutOfOrder(uint64 epoch, uint64 expected);
    error WrongParent(bytes32 prevRoot, bytes32 expected);
    error WrongCommitment(bytes32 commitment, bytes32 expected);
    error EmptySeal(uint64 epoch);
    error NotDrawn(uint64 epoch);
    error AlreadyDrawn(uint64 epoch);
    error DeclaredWithheld(uint64 epoch);
    error WrongPreimage(bytes32 preimage);
    error TooEarly(uint256 earliest);
    error BlockHashGone(uint64 blockNumber);
    error NotWithheld(uint64 epoch, uint256 from);
    error NotSealed(uint64 epoch);
    error NotInTree(bytes32 root, bytes32 leaf);
    error TooOld(uint256 latest);
    error Mismatch(bytes32 given, bytes32 expected);
    error WrongSigner(address expected);
    error SameClaim(bytes32 claim);
    error NotEarlier(uint64 canaryEpoch, uint64 epoch);
    error AcceptedAnswer(bytes32 outputDigest);
    error NotSelected(uint64 epoch, bytes32 leaf);
    error WasSelected(uint64 epoch, bytes32 leaf);
    error RoundOutOfRange(uint8 round);
    error TooFewVotes(uint256 votes, uint256 quorum);
    error TooFewOfProfile(uint256 votes, uint256 least);
    error NotAscending(address previous, address verifier);
    error NotOnCommittee(address verifier);
    error TooLittleAtStake(address verifier, uint64 active);
    error KnownCase(bytes32 id);
    error WrongState(bytes32 id, State state);
    error NotAccused(bytes32 id, address caller);
    error TooLate(uint40 deadline);
    error Braked(bytes32 id);

    // Seals and beacon. `seal` is the operator's; everything else is anyone's.

    /// @notice Fixes an epoch. The beacon will be keccak256(preimage, hash of the block `drawDelay` after this one, root).
    /// @dev Emits {Sealed}. Requirements: role; next epoch; the epoch before is drawn or declared withheld.
    function seal(EpochSeal calldata epochSeal) external;

    /// @notice Keeps the draw block's hash, which the chain forgets after a while.
    function pin() external;

    /// @notice Reveals the preimage of the latest epoch's commitment and so draws its audits.
    /// @dev Emits {Drawn}. Requirements: not drawn, nor declared withheld.
    function draw(bytes32 preimage) external;

    /// @notice Starts a new hash chain of preimages, between epochs only.
    function anchor(bytes32 commitment) external;

    // Evidence

    function contradiction(SignedAttestation calldata a, SignedAttestation calldata b) external returns (bytes32 id);

    /// @notice Names the requester whom a contradiction harmed, by the sealed leaf of either claim, and distributes.
    function compensate(bytes32 id, SignedAttestation calldata result, SealedLeaf calldata subject) external;

    function canary(CanaryEvidence calldata evidence) external returns (bytes32 id);

    function verdict(VerdictEvidence calldata evidence) external returns (bytes32 id);

    function illegitimateAudit(SealedLeaf calldata subject, AuditNotice calldata notice, bytes calldata signature)
        external
        returns (bytes32 id);

    /// @notice Two seals of one epoch, each signed by the operator or sealed here (then its signature is not read).
    function equivocation(
        EpochSeal calldata a,
        bytes calldata signatureA,
        EpochSeal calldata b,
        bytes calldata signatureB
    ) external returns (bytes32 id);

    function withheldBeacon() external returns (bytes32 id);

    // Cases

    /// @notice The accused contests; {Policy.appealFee} more is frozen, and lost if the case is upheld.
    function appeal(bytes32 id) external;

    /// @notice The arbiter's ruling on an appeal.
    function rule(bytes32 id, bool upheld) external;

    /// @notice Moves a case whose time has come: unanswered it stands, unruled it falls, unnamed harm goes to the
    /// insurance; what is due is collected as far as the day's brake allows, so it may take several calls.
    function close(bytes32 id) external;

    // Views

    function selected(uint64 epoch, bytes32 leaf, uint16 rateBps) external view returns (bool);

    /// @return general indexes drawn from all `verifierCount` entries
    /// @return own ranks drawn from the `ofProfile` entries of the worker's profile
    function committee(uint64 epoch, bytes32 leaf, uint8 round, uint32 verifierCount, uint32 ofProfile)
        external
        view
        returns (uint32[] memory general, uint32[] memory own);

    function attestationDigest(ResultAttestation calldata attestation) external view returns (bytes32);
    function verdictDigest(Verdict calldata verdict_) external view returns (bytes32);
    function caseOf(bytes32 id) external view returns (Case memory);
    function epochOf(uint64 epoch) external view returns (Epoch memory);
    function latestEpoch() external view returns (uint64);
    function latestRoot() external view returns (bytes32);
}
