// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @dev A token that behaves until told otherwise, in the ways that tokens misbehave.
contract BadToken is ERC20 {
    enum Manner {
        Good,
        Refuse, // reverts when it pays the unwanted
        Lie, // answers false instead of reverting
        Bomb, // reverts with as much data as the gas of a payout makes
        Eat, // burns all gas
        Odd, // answers the boolean 2
        Short, // answers one byte
        Silent, // answers nothing, as USDT does
        Fee, // keeps 1 %
        Hook, // calls the payee first, as ERC-777 does, and carries on if that fails
        HookThenRefuse
    }

    Manner public manner;
    address public unwanted; // zero: everybody

    constructor() ERC20("Bad", "BAD") {}

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function burn(address from, uint256 amount) external {
        _burn(from, amount);
    }

    function behave(Manner manner_, address unwanted_) external {
        (manner, unwanted) = (manner_, unwanted_);
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        if (unwanted == address(0) || unwanted == to) misbehave(to, amount);
        return super.transfer(to, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (manner == Manner.Fee && from != address(0) && to != address(0)) {
            super._update(from, address(0xfee), amount / 100);
            amount -= amount / 100;
        }
        super._update(from, to, amount);
    }

    function misbehave(address to, uint256 amount) private {
        Manner m = manner;
        if (m == Manner.Refuse) revert("unwanted");
        if (m == Manner.Bomb) {
            assembly ("memory-safe") {
                revert(0, 400000)
            }
        }
        if (m == Manner.Eat) {
            assembly ("memory-safe") {
                invalid()
            }
        }
        if (m == Manner.Hook || m == Manner.HookThenRefuse) {
            (bool ignored,) = to.call(abi.encodeWithSignature("tokensReceived(uint256)", amount));
            ignored;
        }
        if (m == Manner.Lie || m == Manner.HookThenRefuse) answer(0, 32);
        if (m == Manner.Odd) answer(2, 32);
        if (m == Manner.Short) answer(uint256(1) << 248, 1);
        if (m == Manner.Silent) {
            super.transfer(to, amount);
            answer(0, 0);
        }
    }

    function answer(uint256 word, uint256 size) private pure {
        assembly ("memory-safe") {
            mstore(0, word)
            return(0, size)
        }
    }
}

/// @dev Calls back with `data` when a token with hooks pays it, and remembers how that went.
contract Payee {
    address public target;
    bytes public data;
    bool public called;
    bool public succeeded;

    function onPayment(address target_, bytes calldata data_) external {
        (target, data) = (target_, data_);
    }

    function act(address to, bytes calldata call_) external returns (bytes memory answer) {
        bool done;
        (done, answer) = to.call(call_);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(answer, 0x20), mload(answer))
            }
        }
    }

    function tokensReceived(uint256) external {
        called = true;
        (succeeded,) = target.call(data);
    }
}

/// @dev A wallet contract; signs by what `valid` says.
contract Wallet is IERC1271 {
    enum Manner {
        Accept,
        Refuse,
        Revert,
        Bomb,
        Odd
    }

    Manner public manner;

    constructor(Manner manner_) {
        manner = manner_;
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        if (manner == Manner.Revert) revert("no");
        if (manner == Manner.Bomb) {
            assembly ("memory-safe") {
                return(0, 1000000)
            }
        }
        if (manner == Manner.Odd) {
            assembly ("memory-safe") {
                mstore(0, or(shl(224, 0x1626ba7e), 1))
                return(0, 32)
            }
        }
        return manner == Manner.Accept ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}

/// @dev Claims to have `decimals` places.
contract Decimals {
    uint8 public immutable decimals;

    constructor(uint8 decimals_) {
        decimals = decimals_;
    }
}
