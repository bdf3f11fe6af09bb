// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @notice Requesters' purses and workers' earnings, netted in batches. The operator moves only what a requester has
/// authorized, and only to accounts; nobody can stop an owner from leaving with what is its own.
/// @dev All amounts are atomic units of the token, at most 2⁶⁴ − 1. Tokens that rebase are not supported.
interface IEscrow {
    event Opened(uint32 indexed account, address indexed owner);
    event Deposited(uint32 indexed account, address indexed from, uint64 amount);
    event Authorized(uint32 indexed account, uint64 ceiling);
    event ExitAnnounced(uint32 indexed account, uint64 amount, uint32 readyAt);
    event Exited(uint32 indexed account, address indexed owner, uint64 amount);
    event AccountOffered(uint32 indexed account, address indexed to);
    event AccountMoved(uint32 indexed account, address indexed from, address indexed to);
    event Settled(bytes32 indexed head, bytes32 indexed parent, bytes32 root, uint64 taken, uint64 given);
    /// @notice A purse could not cover `missing` of a debit; it comes off the operator's fee.
    event Shortfall(uint32 indexed account, uint64 missing);
    event Paid(uint32 indexed account, address indexed owner, uint64 amount);
    /// @notice The token refused the payee; the amount is credited as before.
    event PayoutRefused(uint32 indexed account, address indexed owner, uint64 amount);
    event LimitSet(uint64 rate, uint64 burst);
    event Halted(uint32 until);

    /// @notice The batch was built on another head than the present one: applied already, or overtaken.
    error Stale(bytes32 head);
    error MalformedBatch(uint256 debitBytes, uint256 creditBytes);
    error BatchTooLarge(uint256 parties, uint256 most);
    error NotAscending(uint32 previous, uint32 account);
    error Unfunded(uint64 taken, uint64 given);
    error FeeTooHigh(uint64 fee, uint64 taken);
    error OverLimit(uint256 level, uint64 burst);
    error SettlementHalted(uint32 until);
    error HaltTooLong(uint32 until, uint256 latest);
    error HaltTooSoon(uint256 earliest);
    error UnknownAccount(uint32 account);
    error NotOwner(uint32 account, address caller);
    error NotOffered(uint32 account, address caller);
    error InvalidOwner(address owner);
    error CeilingNotRaised(uint64 ceiling, uint64 authorized);
    error Expired(uint256 deadline);
    error BadSignature(address expected);
    error NothingAnnounced(uint32 account);
    error NotReady(uint32 readyAt);
    error UnexpectedAmount(uint64 expected, uint256 received);
    error UnsupportedToken(address token);
    error DelayOutOfRange(uint32 delay);

    // Accounts

    /// @notice Opens an account, or names the one that `owner` has already.
    /// @dev Emits {Opened}. Requirements: `owner` must not be zero.
    function open(address owner) external returns (uint32 account);

    /// @notice Adds to the purse of `owner`, from the caller; opens an account if there is none.
    /// @dev Emits {Deposited}. Requirements: the token must deliver exactly `amount`.
    function deposit(address owner, uint64 amount) external returns (uint32 account);

    /// @notice {deposit} for the caller itself with an EIP-2612 permit. A permit that somebody else has already
    /// submitted is no error: the allowance is there.
    function depositWithPermit(uint64 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        returns (uint32 account);

    /// @notice {deposit} for `from` by its EIP-3009 authorization to receive; anyone may relay it.
    function depositWithAuthorization(
        address from,
        uint64 amount,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint32 account);

    /// @notice Raises the cumulative ceiling of what may ever be spent. Not what may be spent from now on.
    /// @dev Emits {Authorized}. Requirements: the caller must own the account, the ceiling must rise.
    function authorize(uint32 account, uint64 ceiling) external;

    /// @notice {authorize} by signature, EIP-712 `Ceiling`, of the account's owner; relayed by anyone. ECDSA is tried
    /// first, then ERC-1271, so that a wallet which gains code later can still sign with its key.
    /// @dev A replay cannot raise a ceiling, so there is no nonce.
    function authorizeFor(uint32 account, uint64 ceiling, uint256 deadline, bytes calldata signature) external;

    /// @notice Announces that `amount` will leave after the exit delay; replaces an earlier announcement, zero
    /// withdraws it. Services count only `balance − leaving` as spendable.
    /// @dev Emits {ExitAnnounced}. Requirements: the caller must own the account.
    function announceExit(uint32 account, uint64 amount) external;

    /// @notice Pays the announced amount, or what is left of the balance, to the owner.
    /// @dev Emits {Exited}. Requirements: owner, announced, delay over. Nobody can pause this.
    function exit(uint32 account) external returns (uint64 amount);

    /// @notice Offers the account to another owner; `address(0)` withdraws the offer. Counters stay with the account.
    /// @dev Emits {AccountOffered}.
    function offerAccount(uint32 account, address to) external;

    /// @notice Takes an offered account over.
    /// @dev Emits {AccountMoved}. An announced exit stays, and pays the new owner.
    function acceptAccount(uint32 account) external;

    // Settlement

    /// @notice Nets one batch of jobs. `debits` and `credits` are runs of (uint32 account, uint64 amount), big-endian,
    /// accounts strictly ascending; `root` commits to the receipts. What a purse cannot cover is clamped and comes off
    /// the operator's fee, which is what is taken and not given.
    /// @dev Emits {Settled}, {Shortfall}. Requirements: role, `parent` is the head, at least one debit, at most
    /// MAX_PARTIES, given ≤ taken, fee ≤ MAX_FEE_BPS of taken, within the rate limit, not halted.
    function settle(bytes32 parent, bytes32 root, bytes calldata debits, bytes calldata credits) external;

    /// @notice Pays what the accounts have earned to their owners; anyone may call. An owner whom the token refuses is
    /// skipped and keeps the credit.
    /// @dev Emits {Paid} or {PayoutRefused} for each account that has earned.
    function payout(uint32[] calldata accounts) external;

    // Governance

    /// @notice `rate` units per second may be taken in the long run, `burst` at once.
    function setLimit(uint64 rate, uint64 burst) external;

    /// @notice Stops {settle} only, for half an exit delay at most and with as long a pause after it, so that no
    /// debtor can run out a halt and leave unsettled. A running halt can be shortened: a time in the past ends it.
    function halt(uint32 until) external;

    // Views

    function token() external view returns (IERC20);
    function head() external view returns (bytes32);
    function exitDelay() external view returns (uint32);
    function count() external view returns (uint32);
    function idOf(address owner) external view returns (uint32);
    function accounts(uint32 account)
        external
        view
        returns (uint64 balance, uint64 spent, uint64 authorized, uint64 earned);
    function holders(uint32 account) external view returns (address owner, uint64 leaving, uint32 readyAt);
    function limit() external view returns (uint64 rate, uint64 burst, uint64 level, uint32 since, uint32 haltedUntil);
}
