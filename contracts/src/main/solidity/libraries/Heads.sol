// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev The hash chain of batches: whoever knows a head knows every batch before it, and their order.
library Heads {
    /// @dev Every deployment starts another chain: no batch can be replayed on a second one.
    function genesis(uint256 chainId, address escrow) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256("Assay Escrow"), chainId, escrow));
    }

    function next(bytes32 parent, bytes32 root, bytes calldata debits, bytes calldata credits)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(parent, root, keccak256(debits), keccak256(credits)));
    }
}
