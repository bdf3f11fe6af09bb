// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IERC20, SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IEscrow} from "./interfaces/IEscrow.sol";
import {IStake} from "./interfaces/IStake.sol";
import {Typed} from "./libraries/Typed.sol";

/// @dev See {IStake}.
contract Stake is IStake, AccessManaged, EIP712, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @dev One word.
    struct Due {
        uint64 toWallet;
        uint64 toPurse;
    }

    IEscrow public immutable escrow;
    /// @dev The Escrow's, which takes none with more than nine decimals.
    IERC20 public immutable token;
    /// @dev One for all and for ever: a worker's own or a changed thaw is how slashes were outrun elsewhere.
    uint40 public immutable thaw;

    uint64 public totalBonded;
    uint64 public pot;
    mapping(address worker => Bond) internal _bonds;
    mapping(address key => Key) public keys;
    mapping(address to => Due) internal _due;

    constructor(IEscrow escrow_, uint40 thaw_, address authority) AccessManaged(authority) EIP712("Assay", "1") {
        require(thaw_ >= 1 days && thaw_ <= 365 days, ThawOutOfRange(thaw_));
        (escrow, token, thaw) = (escrow_, escrow_.token(), thaw_);
    }

    // ----------------------------------------------------------------------------------------------- workers

    /// @inheritdoc IStake
    function bond(address worker, uint64 amount) external nonReentrant {
        uint256 before = token.balanceOf(address(this));
        // All that is held fits 64 bits, so no sum of bonds, pot or awards can overflow and make a slash revert.
        uint64 most = before < type(uint64).max ? type(uint64).max - uint64(before) : 0;
        require(amount <= most, TooMuch(amount, most));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = token.balanceOf(address(this)) - before;
        require(received == amount, UnexpectedAmount(amount, received));
        _bonds[worker].bonded += amount;
        totalBonded += amount;
        emit Bonded(worker, msg.sender, amount);
    }

    /// @inheritdoc IStake
    function unbond(uint64 amount) external {
        Bond storage b = _bonds[msg.sender];
        require(amount <= b.bonded, TooMuch(amount, b.bonded));
        if (amount > b.thawing) b.readyAt = uint40(block.timestamp) + thaw;
        b.thawing = amount;
        emit Thawing(msg.sender, amount, b.readyAt);
    }

    /// @inheritdoc IStake
    function withdraw() external nonReentrant returns (uint64 amount) {
        Bond storage b = _bonds[msg.sender];
        uint64 free = b.bonded - b.frozen;
        amount = b.thawing < free ? b.thawing : free;
        require(amount != 0, NothingToWithdraw(msg.sender));
        require(block.timestamp >= b.readyAt, NotReady(b.readyAt));
        (b.bonded, b.thawing) = (b.bonded - amount, b.thawing - amount);
        totalBonded -= amount;
        emit Withdrawn(msg.sender, amount);
        token.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IStake
    function bindKey(address key, uint256 deadline, bytes calldata consent) external {
        require(block.timestamp <= deadline, Expired(deadline));
        require(keys[key].worker == address(0), KeyTaken(key, keys[key].worker));
        bytes32 digest = _hashTypedDataV4(Typed.sessionKey(msg.sender, key, deadline));
        (address signer, ECDSA.RecoverError fault,) = ECDSA.tryRecoverCalldata(digest, consent);
        // Never ERC-1271: a contract could change its mind about what it attested.
        require(fault == ECDSA.RecoverError.NoError && signer == key, BadSignature(key));
        keys[key].worker = msg.sender;
        emit KeyBound(msg.sender, key);
    }

    /// @inheritdoc IStake
    function revokeKey(address key) external {
        Key storage k = keys[key];
        require(k.worker == msg.sender, NotYourKey(key, msg.sender));
        require(k.deadAt == 0, KeyAlreadyRevoked(key, k.deadAt));
        k.deadAt = uint40(block.timestamp) + thaw;
        emit KeyRevoked(msg.sender, key, k.deadAt);
    }

    /// @inheritdoc IStake
    function claim(address to) external nonReentrant returns (uint64 amount) {
        Due memory due = _due[to];
        amount = due.toWallet + due.toPurse;
        require(amount != 0, NothingToWithdraw(to));
        delete _due[to];
        emit Claimed(to, amount);
        if (due.toPurse != 0) {
            token.forceApprove(address(escrow), due.toPurse);
            escrow.deposit(to, due.toPurse);
        }
        if (due.toWallet != 0) token.safeTransfer(to, due.toWallet);
    }

    // ------------------------------------------------------------------------------------------------- Court

    /// @inheritdoc IStake
    function freeze(address worker, uint64 amount) external restricted returns (uint64 frozen) {
        Bond storage b = _bonds[worker];
        frozen = _least(amount, b.bonded - b.frozen);
        b.frozen += frozen;
        emit Frozen(worker, frozen);
    }

    /// @inheritdoc IStake
    function release(address worker, uint64 amount) external restricted returns (uint64 released) {
        Bond storage b = _bonds[worker];
        released = _least(amount, b.frozen);
        b.frozen -= released;
        emit Released(worker, released);
    }

    /// @inheritdoc IStake
    function slash(address worker, uint64 amount) external restricted returns (uint64 taken) {
        Bond storage b = _bonds[worker];
        taken = _least(amount, b.frozen);
        (b.frozen, b.bonded) = (b.frozen - taken, b.bonded - taken);
        if (b.thawing > b.bonded) b.thawing = b.bonded;
        totalBonded -= taken;
        pot += taken;
        emit Slashed(worker, taken);
    }

    /// @inheritdoc IStake
    function award(address to, uint64 amount, bool toPurse) external restricted returns (uint64 awarded) {
        awarded = _least(amount, pot);
        pot -= awarded;
        if (toPurse) _due[to].toPurse += awarded;
        else _due[to].toWallet += awarded;
        emit Awarded(to, awarded);
    }

    // ------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IStake
    function claimable(address to) external view returns (uint64) {
        return _due[to].toWallet + _due[to].toPurse;
    }

    /// @inheritdoc IStake
    function bondOf(address worker) external view returns (Bond memory) {
        return _bonds[worker];
    }

    /// @inheritdoc IStake
    function activeOf(address worker) external view returns (uint64) {
        Bond memory b = _bonds[worker];
        uint256 held = uint256(b.thawing) + b.frozen;
        return b.bonded > held ? uint64(b.bonded - held) : 0;
    }

    /// @inheritdoc IStake
    function workerOf(address key) external view returns (address) {
        Key memory k = keys[key];
        return k.deadAt != 0 && block.timestamp >= k.deadAt ? address(0) : k.worker;
    }

    function _least(uint64 a, uint64 b) private pure returns (uint64) {
        return a < b ? a : b;
    }
}
