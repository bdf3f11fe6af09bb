// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

/// @dev Trees as OpenZeppelin's StandardMerkleTree lays them: leaves ascending, from the end of the array to the front.
library Trees {
    function build(bytes32[] memory leaves) internal pure returns (bytes32[] memory nodes) {
        bytes32[] memory sorted = sort(leaves);
        uint256 n = sorted.length;
        nodes = new bytes32[](2 * n - 1);
        for (uint256 i; i < n; ++i) {
            nodes[nodes.length - 1 - i] = sorted[i];
        }
        for (uint256 i = n - 1; i > 0; --i) {
            nodes[i - 1] = Hashes.commutativeKeccak256(nodes[2 * i - 1], nodes[2 * i]);
        }
    }

    function root(bytes32[] memory leaves) internal pure returns (bytes32) {
        return build(leaves)[0];
    }

    function proof(bytes32[] memory leaves, bytes32 leaf) internal pure returns (bytes32[] memory path) {
        bytes32[] memory nodes = build(leaves);
        uint256 at_ = nodes.length;
        for (uint256 i = leaves.length - 1; i < nodes.length; ++i) {
            if (nodes[i] == leaf) at_ = i;
        }
        uint256 depth;
        for (uint256 i = at_; i > 0; i = (i - 1) / 2) {
            ++depth;
        }
        path = new bytes32[](depth);
        for (uint256 step; at_ > 0; (at_, step) = ((at_ - 1) / 2, step + 1)) {
            path[step] = nodes[at_ % 2 == 0 ? at_ - 1 : at_ + 1];
        }
    }

    function sort(bytes32[] memory leaves) private pure returns (bytes32[] memory sorted) {
        sorted = new bytes32[](leaves.length);
        for (uint256 i; i < leaves.length; ++i) {
            uint256 j = i;
            for (; j > 0 && sorted[j - 1] > leaves[i]; --j) {
                sorted[j] = sorted[j - 1];
            }
            sorted[j] = leaves[i];
        }
    }
}
