// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev A run of entries, each 12 bytes: uint32 account, uint64 amount, both big-endian.
library Entries {
    uint256 internal constant SIZE = 12;

    function get(bytes calldata run, uint256 offset) internal pure returns (uint32 account, uint64 amount) {
        uint256 word;
        // The caller stays inside the run; what a load takes beyond the entry is shifted away.
        assembly ("memory-safe") {
            word := shr(160, calldataload(add(run.offset, offset)))
        }
        return (uint32(word >> 64), uint64(word));
    }
}
