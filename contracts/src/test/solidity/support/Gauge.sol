// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {vm} from "./Vm.sol";

/// @dev Tells what the last transaction cost, in lines that `bin/gas` reads.
abstract contract Gauge {
    address private constant CONSOLE = 0x000000000000000000636F6e736F6c652e6c6f67;

    function used() internal view returns (uint256) {
        return vm.lastCallGas().gasTotalUsed;
    }

    function tell(string memory name) internal view returns (uint256 gas) {
        gas = used();
        tell(name, gas);
    }

    function tell(string memory name, uint256 gas) internal view {
        (bool ignored,) = CONSOLE.staticcall(abi.encodeWithSignature("log(string,string,uint256)", "gas", name, gas));
        ignored;
    }
}
