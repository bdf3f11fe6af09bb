// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {vm} from "./Vm.sol";

/// @dev What forge looks for in a test contract, and people to play in it.
abstract contract Test {
    bool public constant IS_TEST = true;

    address[] private _targets;

    struct Person {
        address addr; // the owner: a cold key
        address key; // what signs for it: a hot key
        uint256 secret; // of `key`
        uint256 ownerSecret; // of `addr`
    }

    function targetContracts() external view returns (address[] memory) {
        return _targets;
    }

    function targetContract(address target) internal {
        _targets.push(target);
    }

    function person(string memory name) internal pure returns (Person memory) {
        uint256 owner = uint256(keccak256(abi.encode(name, "owner"))) >> 1;
        uint256 key = uint256(keccak256(abi.encode(name, "key"))) >> 1;
        return Person(vm.addr(owner), vm.addr(key), key, owner);
    }

    function sign(uint256 secret, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secret, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev The other signature of the same message, with high s, which must not count.
    function malleate(bytes memory signature) internal pure returns (bytes memory) {
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        bytes32 r;
        uint256 s;
        uint8 v;
        assembly ("memory-safe") {
            r := mload(add(signature, 0x20))
            s := mload(add(signature, 0x40))
            v := byte(0, mload(add(signature, 0x60)))
        }
        return abi.encodePacked(r, order - s, v == 27 ? uint8(28) : uint8(27));
    }

    function elapse(uint256 time) internal {
        vm.warp(vm.getBlockTimestamp() + time);
    }

    function bound(uint256 x, uint256 low, uint256 high) internal pure returns (uint256) {
        return x >= low && x <= high ? x : low + x % (high - low + 1);
    }

    function bound64(uint256 x, uint256 low, uint256 high) internal pure returns (uint64) {
        return uint64(bound(x, low, high));
    }
}
