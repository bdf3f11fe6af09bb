// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The function of EIP-3009 that contracts must use: only the payee can submit it.
interface IReceiveWithAuthorization {
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;
}
