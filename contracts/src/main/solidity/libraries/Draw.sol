// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev The lottery of audits: a function of seal and beacon alone, which anyone can compute again.
library Draw {
    uint16 internal constant ALWAYS = 10_000;

    /// @dev The operator does not know the block hash when it seals, a block's proposer does not know the preimage,
    /// and the worker knows neither.
    function beacon(bytes32 preimage, bytes32 blockHash, bytes32 root) internal pure returns (bytes32) {
        return keccak256(abi.encode(preimage, blockHash, root));
    }

    /// @dev keccak256("AUDIT", beacon, epoch, leaf) < rate · 2²⁵⁶, with the rate in basis points, rounded down.
    function selected(bytes32 beacon_, uint64 epoch, bytes32 leaf, uint16 rateBps) internal pure returns (bool) {
        if (rateBps >= ALWAYS) return true;
        uint256 threshold = type(uint256).max / ALWAYS * rateBps;
        return uint256(keccak256(abi.encodePacked("AUDIT", beacon_, epoch, leaf))) < threshold;
    }

    function committeeSeed(bytes32 beacon_, bytes32 leaf, uint8 round, string memory part)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encodePacked("COMMITTEE", part, beacon_, leaf, round));
    }

    /// @dev The first `k` of a Fisher–Yates shuffle of 0 … n − 1, or all of them when n ≤ k. The modulo's bias is
    /// below n / 2²⁵⁶. `k` is small: moved cards are searched, not stored.
    function seats(bytes32 seed, uint32 n, uint256 k) internal pure returns (uint32[] memory drawn) {
        if (k > n) k = n;
        drawn = new uint32[](k);
        uint32[] memory from = new uint32[](k);
        uint32[] memory to = new uint32[](k);
        for (uint256 i; i < k; ++i) {
            uint32 card = uint32(i + uint256(keccak256(abi.encode(seed, i))) % (n - i));
            drawn[i] = _at(from, to, i, card);
            // The card of place i goes where the drawn one lay.
            (from[i], to[i]) = (card, _at(from, to, i, uint32(i)));
        }
    }

    function _at(uint32[] memory from, uint32[] memory to, uint256 moves, uint32 place) private pure returns (uint32) {
        // The latest move to a place counts.
        for (uint256 i = moves; i > 0; --i) {
            if (from[i - 1] == place) return to[i - 1];
        }
        return place;
    }
}
