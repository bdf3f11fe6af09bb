// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Bonds of workers, verifiers and the operator. What thaws is still at stake; what is frozen cannot leave.
/// @dev All amounts are atomic units of the token. Stake that counts for new work is bonded − thawing − frozen.
interface IStake {
    /// @dev One word. `bonded` is everything held for the worker, thawing and frozen included.
    struct Bond {
        uint64 bonded;
        uint64 thawing;
        uint64 frozen;
        uint40 readyAt;
    }

    /// @dev `deadAt` 0: alive.
    struct Key {
        address worker;
        uint40 deadAt;
    }

    event Bonded(address indexed worker, address indexed from, uint64 amount);
    event Thawing(address indexed worker, uint64 amount, uint40 readyAt);
    event Withdrawn(address indexed worker, uint64 amount);
    event KeyBound(address indexed worker, address indexed key);
    event KeyRevoked(address indexed worker, address indexed key, uint40 deadAt);
    event Frozen(address indexed worker, uint64 amount);
    event Released(address indexed worker, uint64 amount);
    event Slashed(address indexed worker, uint64 amount);
    event Awarded(address indexed to, uint64 amount);
    event Claimed(address indexed to, uint64 amount);

    error NothingToWithdraw(address worker);
    error NotReady(uint40 readyAt);
    error TooMuch(uint64 asked, uint64 most);
    error KeyTaken(address key, address worker);
    error NotYourKey(address key, address caller);
    error KeyAlreadyRevoked(address key, uint40 deadAt);
    error Expired(uint256 deadline);
    error BadSignature(address expected);
    error UnexpectedAmount(uint64 expected, uint256 received);
    error ThawOutOfRange(uint40 thaw);

    // Workers

    /// @notice Adds to the bond of `worker`, from the caller. Never thaws, and changes no clock.
    /// @dev Emits {Bonded}. Requirements: the token must deliver exactly `amount`, and all that is held fit 64 bits.
    function bond(address worker, uint64 amount) external;

    /// @notice Sets how much of the caller's bond is thawing; zero stops it. More than now starts the clock again.
    /// @dev Emits {Thawing}. Requirements: at most what is bonded.
    function unbond(uint64 amount) external;

    /// @notice Pays what has thawed and is not frozen to the caller. Nobody can pause this.
    /// @dev Emits {Withdrawn}. Requirements: the thaw is over, something is free.
    function withdraw() external returns (uint64 amount);

    /// @notice Lets `key` sign for the caller. The key consents by EIP-712 `SessionKey`, so that nobody can claim
    /// another's; it belongs to one owner for ever.
    /// @dev Emits {KeyBound}.
    function bindKey(address key, uint256 deadline, bytes calldata consent) external;

    /// @notice The key stays answerable for one more thaw, then what it signs counts no more.
    /// @dev Emits {KeyRevoked}.
    function revokeKey(address key) external;

    /// @notice Pays what was awarded to `to`, compensation into its purse at the Escrow and the rest to its wallet; anyone
    /// may call, so that nobody needs a transaction of its own to be made whole.
    /// @dev Emits {Claimed}. Requirements: something was awarded, the token takes the payee.
    function claim(address to) external returns (uint64 amount);

    // The Court. None of these reverts for want of stake: they take what there is and say how much that was.

    function freeze(address worker, uint64 amount) external returns (uint64 frozen);
    function release(address worker, uint64 amount) external returns (uint64 released);

    /// @notice Moves frozen stake into the pot, from which {award} distributes. Nothing is transferred, so neither
    /// token nor payee can make it fail.
    function slash(address worker, uint64 amount) external returns (uint64 taken);

    /// @notice Moves from the pot to what `to` can claim. Nothing is transferred here either.
    function award(address to, uint64 amount, bool toPurse) external returns (uint64 awarded);

    // Views

    function thaw() external view returns (uint40);
    function totalBonded() external view returns (uint64);
    function pot() external view returns (uint64);

    /// @notice What {claim} pays, purse and wallet together.
    function claimable(address to) external view returns (uint64);
    function bondOf(address worker) external view returns (Bond memory);

    /// @notice Stake that counts for new work: bonded − thawing − frozen, at least zero.
    function activeOf(address worker) external view returns (uint64);

    /// @notice Whom `key` signs for; zero if nobody, or if it was revoked one thaw ago.
    function workerOf(address key) external view returns (address);
}
