// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @dev Transfers that the token or the payee can refuse but not turn against others.
library Tokens {
    /// @dev Ten times what a transfer of a common stable coin takes.
    uint256 internal constant TRANSFER_GAS = 500_000;

    /// @dev Never reverts: false when the token refuses. No more than one word of what it returns is copied, so a
    /// return bomb costs its maker only; a short or odd boolean counts as a refusal, no data at all as consent.
    function tryTransfer(IERC20 token, address to, uint256 amount) internal returns (bool done) {
        bytes memory data = abi.encodeCall(IERC20.transfer, (to, amount));
        assembly ("memory-safe") {
            mstore(0, 0)
            let success := call(TRANSFER_GAS, token, 0, add(data, 0x20), mload(data), 0, 0x20)
            let returned := returndatasize()
            done := and(success, or(and(gt(returned, 0x1f), eq(mload(0), 1)), iszero(returned)))
        }
    }
}
