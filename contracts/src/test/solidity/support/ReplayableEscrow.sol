// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Escrow} from "main/Escrow.sol";
import {Deployment} from "./Deployment.sol";

/// @dev The Escrow and one way to break it.
contract ForgetfulEscrow is Escrow {
    constructor(IERC20 token_, address treasury, address authority)
        Escrow(token_, Deployment.EXIT_DELAY, Deployment.RATE, Deployment.BURST, treasury, authority)
    {}

    function forget(bytes32 parent) external {
        head = parent;
    }
}

/// @dev Stands in front of a {ForgetfulEscrow}'s code, at its address: an Escrow that takes every parent for its head,
/// as one without compare-and-swap would.
contract ReplayableEscrow {
    address private immutable code;

    constructor(address code_) {
        code = code_;
    }

    fallback() external {
        if (msg.sig == Escrow.settle.selector) {
            run(abi.encodeCall(ForgetfulEscrow.forget, (bytes32(msg.data[4:36]))));
        }
        bytes memory answer = run(msg.data);
        assembly ("memory-safe") {
            return(add(answer, 0x20), mload(answer))
        }
    }

    function run(bytes memory call_) private returns (bytes memory answer) {
        bool done;
        (done, answer) = code.delegatecall(call_);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(answer, 0x20), mload(answer))
            }
        }
    }
}
