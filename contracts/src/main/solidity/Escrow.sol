// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IERC20, SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IEscrow} from "./interfaces/IEscrow.sol";
import {IReceiveWithAuthorization} from "./interfaces/IReceiveWithAuthorization.sol";
import {Account, Accounts} from "./libraries/Accounts.sol";
import {Heads} from "./libraries/Heads.sol";
import {Entries} from "./libraries/Entries.sol";
import {Tokens} from "./libraries/Tokens.sol";
import {Typed} from "./libraries/Typed.sol";

/// @dev See {IEscrow}.
contract Escrow is IEscrow, EIP712, ReentrancyGuardTransient, AccessManaged {
    using SafeERC20 for IERC20;
    using Tokens for IERC20;

    /// @dev The cold slot: a settlement does not touch it.
    struct Holder {
        address owner;
        uint64 leaving;
        uint32 readyAt;
    }

    /// @dev A leaking bucket, and the halt beside it because settle reads both.
    struct Limit {
        uint64 rate;
        uint64 burst;
        uint64 level;
        uint32 since;
        uint32 haltedUntil;
    }

    uint16 public constant MAX_FEE_BPS = 2_000;
    uint8 public constant MAX_DECIMALS = 9;
    /// @dev 2,700 parties fit the 16,777,216 gas that EIP-7825 leaves one transaction.
    uint256 public constant MAX_PARTIES = 2_800;
    uint32 public constant TREASURY = 0;

    IERC20 public immutable token;
    uint32 public immutable exitDelay;

    /// @dev First, and AccessManaged the last base: so it shares a word with the authority, which settle reads anyway.
    uint32 public count;
    bytes32 public head;
    Limit public limit;
    mapping(uint32 account => Account) internal _accounts;
    mapping(uint32 account => Holder) public holders;
    mapping(uint32 account => address) public offeredTo;
    mapping(address owner => uint32) public idOf;

    constructor(IERC20 token_, uint32 exitDelay_, uint64 rate, uint64 burst, address treasury, address authority)
        EIP712("Assay", "1")
        AccessManaged(authority)
    {
        require(IERC20Metadata(address(token_)).decimals() <= MAX_DECIMALS, UnsupportedToken(address(token_)));
        require(exitDelay_ >= 1 hours && exitDelay_ <= 30 days, DelayOutOfRange(exitDelay_));
        require(treasury != address(0), InvalidOwner(treasury));
        (token, exitDelay) = (token_, exitDelay_);
        limit = Limit(rate, burst, 0, uint32(block.timestamp), 0);
        holders[TREASURY].owner = treasury;
        head = Heads.genesis(block.chainid, address(this));
    }

    // ---------------------------------------------------------------------------------------------- accounts

    /// @inheritdoc IEscrow
    function open(address owner) public returns (uint32 account) {
        account = idOf[owner];
        if (account == 0) {
            require(owner != address(0), InvalidOwner(owner));
            account = ++count;
            (idOf[owner], holders[account].owner) = (account, owner);
            emit Opened(account, owner);
        }
    }

    /// @inheritdoc IEscrow
    function deposit(address owner, uint64 amount) external nonReentrant returns (uint32) {
        return _deposit(owner, amount);
    }

    /// @inheritdoc IEscrow
    function depositWithPermit(uint64 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        nonReentrant
        returns (uint32)
    {
        try IERC20Permit(address(token)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        return _deposit(msg.sender, amount);
    }

    /// @inheritdoc IEscrow
    function depositWithAuthorization(
        address from,
        uint64 amount,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant returns (uint32 account) {
        account = open(from);
        uint256 before = token.balanceOf(address(this));
        // `receive…`, never `transferWithAuthorization`: only the payee may submit it, so nobody strands the deposit.
        IReceiveWithAuthorization(address(token))
            .receiveWithAuthorization(from, address(this), amount, validAfter, validBefore, nonce, v, r, s);
        _credit(account, from, amount, before);
    }

    /// @inheritdoc IEscrow
    function authorize(uint32 account, uint64 ceiling) external {
        _checkOwner(account);
        _authorize(account, ceiling);
    }

    /// @inheritdoc IEscrow
    function authorizeFor(uint32 account, uint64 ceiling, uint256 deadline, bytes calldata signature) external {
        require(block.timestamp <= deadline, Expired(deadline));
        address owner = holders[account].owner;
        require(owner != address(0), UnknownAccount(account));
        bytes32 digest = _hashTypedDataV4(Typed.ceiling(account, ceiling, deadline));
        (address signer, ECDSA.RecoverError fault,) = ECDSA.tryRecoverCalldata(digest, signature);
        require(
            (fault == ECDSA.RecoverError.NoError && signer == owner)
                || SignatureChecker.isValidERC1271SignatureNowCalldata(owner, digest, signature),
            BadSignature(owner)
        );
        _authorize(account, ceiling);
    }

    /// @inheritdoc IEscrow
    function announceExit(uint32 account, uint64 amount) external {
        _checkOwner(account);
        uint32 readyAt = amount == 0 ? 0 : uint32(block.timestamp) + exitDelay;
        (holders[account].leaving, holders[account].readyAt) = (amount, readyAt);
        emit ExitAnnounced(account, amount, readyAt);
    }

    /// @inheritdoc IEscrow
    function exit(uint32 account) external nonReentrant returns (uint64 amount) {
        _checkOwner(account);
        Holder storage holder = holders[account];
        require(holder.leaving != 0, NothingAnnounced(account));
        require(block.timestamp >= holder.readyAt, NotReady(holder.readyAt));
        (uint64 balance, uint64 spent, uint64 authorized, uint64 earned) = _accounts[account].parts();
        amount = holder.leaving < balance ? holder.leaving : balance;
        (holder.leaving, holder.readyAt) = (0, 0);
        _accounts[account] = Accounts.pack(balance - amount, spent, authorized, earned);
        emit Exited(account, msg.sender, amount);
        // Some tokens refuse a transfer of nothing.
        if (amount != 0) token.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IEscrow
    function offerAccount(uint32 account, address to) external {
        _checkOwner(account);
        offeredTo[account] = to;
        emit AccountOffered(account, to);
    }

    /// @inheritdoc IEscrow
    function acceptAccount(uint32 account) external {
        require(offeredTo[account] == msg.sender, NotOffered(account, msg.sender));
        address from = holders[account].owner;
        delete offeredTo[account];
        holders[account].owner = msg.sender;
        if (idOf[from] == account) delete idOf[from];
        // Whoever has an account already keeps it as the one that deposits go to.
        if (idOf[msg.sender] == 0 && account != TREASURY) idOf[msg.sender] = account;
        emit AccountMoved(account, from, msg.sender);
    }

    // -------------------------------------------------------------------------------------------- settlement

    /// @inheritdoc IEscrow
    function settle(bytes32 parent, bytes32 root, bytes calldata debits, bytes calldata credits) external restricted {
        require(parent == head, Stale(head));
        require(
            debits.length != 0 && debits.length % Entries.SIZE == 0 && credits.length % Entries.SIZE == 0,
            MalformedBatch(debits.length, credits.length)
        );
        uint256 parties = (debits.length + credits.length) / Entries.SIZE;
        require(parties <= MAX_PARTIES, BatchTooLarge(parties, MAX_PARTIES));

        uint32 newest = count;
        uint64 taken = _take(debits, newest);
        uint64 given = _give(credits, newest);
        require(given <= taken, Unfunded(taken, given));
        uint64 fee = taken - given;
        require(uint256(fee) * 10_000 <= uint256(taken) * MAX_FEE_BPS, FeeTooHigh(fee, taken));
        _accounts[TREASURY] = _accounts[TREASURY].credit(fee);
        _drain(taken);

        bytes32 next = Heads.next(parent, root, debits, credits);
        head = next;
        emit Settled(next, parent, root, taken, given);
    }

    /// @inheritdoc IEscrow
    function payout(uint32[] calldata ids) external nonReentrant {
        for (uint256 i; i < ids.length; ++i) {
            uint32 account = ids[i];
            (uint64 balance, uint64 spent, uint64 authorized, uint64 amount) = _accounts[account].parts();
            if (amount == 0) continue;
            address owner = holders[account].owner;
            _accounts[account] = Accounts.pack(balance, spent, authorized, 0);
            if (token.tryTransfer(owner, amount)) {
                emit Paid(account, owner, amount);
            } else {
                // Read again: a token with hooks may have let the owner raise its ceiling meanwhile.
                _accounts[account] = _accounts[account].credit(amount);
                emit PayoutRefused(account, owner, amount);
            }
        }
    }

    // -------------------------------------------------------------------------------------------- governance

    /// @inheritdoc IEscrow
    function setLimit(uint64 rate, uint64 burst) external restricted {
        (limit.rate, limit.burst) = (rate, burst);
        emit LimitSet(rate, burst);
    }

    /// @inheritdoc IEscrow
    function halt(uint32 until) external restricted {
        uint32 present = uint32(block.timestamp);
        uint32 half = exitDelay / 2;
        uint32 running = limit.haltedUntil;
        if (until < present) until = present;
        // To shorten a running halt is always allowed.
        if (present >= running || until > running) {
            uint256 earliest = running == 0 ? 0 : uint256(running) + half;
            require(present >= earliest, HaltTooSoon(earliest));
            require(until <= uint256(present) + half, HaltTooLong(until, uint256(present) + half));
        }
        limit.haltedUntil = until;
        emit Halted(until);
    }

    // ------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IEscrow
    function accounts(uint32 account)
        external
        view
        returns (uint64 balance, uint64 spent, uint64 authorized, uint64 earned)
    {
        return _accounts[account].parts();
    }

    // ----------------------------------------------------------------------------------------------- private

    function _checkOwner(uint32 account) private view {
        require(holders[account].owner == msg.sender, NotOwner(account, msg.sender));
    }

    function _deposit(address owner, uint64 amount) private returns (uint32 account) {
        account = open(owner);
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        _credit(account, msg.sender, amount, before);
    }

    function _credit(uint32 account, address from, uint64 amount, uint256 before) private {
        uint256 received = token.balanceOf(address(this)) - before;
        require(received == amount, UnexpectedAmount(amount, received));
        (uint64 balance, uint64 spent, uint64 authorized, uint64 earned) = _accounts[account].parts();
        _accounts[account] = Accounts.pack(balance + amount, spent, authorized, earned);
        emit Deposited(account, from, amount);
    }

    function _authorize(uint32 account, uint64 ceiling) private {
        (uint64 balance, uint64 spent, uint64 authorized, uint64 earned) = _accounts[account].parts();
        require(ceiling > authorized, CeilingNotRaised(ceiling, authorized));
        _accounts[account] = Accounts.pack(balance, spent, ceiling, earned);
        emit Authorized(account, ceiling);
    }

    function _take(bytes calldata debits, uint32 newest) private returns (uint64 taken) {
        uint32 previous;
        for (uint256 i; i < debits.length; i += Entries.SIZE) {
            (uint32 account, uint64 amount) = Entries.get(debits, i);
            require(account > previous, NotAscending(previous, account));
            previous = account;
            Account purse = _accounts[account];
            uint64 room = purse.room();
            if (amount > room) {
                emit Shortfall(account, amount - room);
                amount = room;
            }
            _accounts[account] = purse.debit(amount);
            taken += amount;
        }
        require(previous <= newest, UnknownAccount(previous));
    }

    function _give(bytes calldata credits, uint32 newest) private returns (uint64 given) {
        uint32 previous;
        for (uint256 i; i < credits.length; i += Entries.SIZE) {
            (uint32 account, uint64 amount) = Entries.get(credits, i);
            require(account > previous, NotAscending(previous, account));
            previous = account;
            _accounts[account] = _accounts[account].credit(amount);
            given += amount;
        }
        require(previous <= newest, UnknownAccount(previous));
    }

    function _drain(uint64 amount) private {
        Limit memory l = limit;
        require(block.timestamp >= l.haltedUntil, SettlementHalted(l.haltedUntil));
        uint256 leaked = (block.timestamp - l.since) * l.rate;
        uint256 level = (leaked >= l.level ? 0 : l.level - leaked) + amount;
        require(level <= l.burst, OverLimit(level, l.burst));
        (l.level, l.since) = (uint64(level), uint32(block.timestamp));
        limit = l;
    }
}
