// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Court} from "main/Court.sol";
import {Escrow} from "main/Escrow.sol";
import {Stake} from "main/Stake.sol";
import {BadToken} from "../support/BadTokens.sol";
import {Deployment} from "../support/Deployment.sol";
import {Test} from "../support/Test.sol";
import {vm} from "../support/Vm.sol";

/// @dev Plays people of a deployed market by what the fuzzer draws. A call of a handler never reverts: what must be
/// refused is called too, and the refusal compared byte for byte.
abstract contract Handler is Test {
    BadToken internal immutable token;
    AccessManager internal immutable manager;
    Escrow internal immutable escrow;
    Stake internal immutable stake;
    Court internal immutable court;

    Deployment.People internal offices;

    /// @dev Enough for everything here but a token that eats all there is.
    uint256 private constant GAS = 5_000_000;

    error WronglyRefused(bytes why);
    error WronglyAllowed(bytes expected);
    error RefusedOtherwise(bytes why, bytes expected);

    constructor(Deployment.System memory s) {
        token = BadToken(address(s.token));
        (manager, escrow, stake, court) = (s.manager, s.escrow, s.stake, s.court);
        offices = s.people;
    }

    function tried(address caller, address target, bytes memory call_)
        internal
        returns (bool done, bytes memory answer)
    {
        vm.prank(caller);
        (done, answer) = target.call{gas: GAS}(call_);
    }

    function must(address caller, address target, bytes memory call_) internal returns (bytes memory) {
        (bool done, bytes memory answer) = tried(caller, target, call_);
        if (!done) revert WronglyRefused(answer);
        return answer;
    }

    /// @param why the error with its values, or nothing for a refusal that the token words
    function refused(address caller, address target, bytes memory call_, bytes memory why) internal {
        (bool done, bytes memory answer) = tried(caller, target, call_);
        if (done) revert WronglyAllowed(why);
        if (why.length != 0 && keccak256(answer) != keccak256(why)) revert RefusedOtherwise(answer, why);
    }

    /// @dev Succeeds where `why` is empty, and is refused for that reason where it is not.
    function expected(address caller, address target, bytes memory call_, bytes memory why) internal returns (bool) {
        if (why.length == 0) must(caller, target, call_);
        else refused(caller, target, call_, why);
        return why.length == 0;
    }

    function manner(uint256 seed) internal pure returns (BadToken.Manner) {
        return [
            BadToken.Manner.Good,
            BadToken.Manner.Refuse,
            BadToken.Manner.Lie,
            BadToken.Manner.Bomb,
            BadToken.Manner.Eat,
            BadToken.Manner.Odd,
            BadToken.Manner.Short,
            BadToken.Manner.Silent
        ][seed & 7];
    }

    function unwanted(address payee) internal view returns (bool) {
        BadToken.Manner m = token.manner();
        return m != BadToken.Manner.Good && m != BadToken.Manner.Silent && token.unwanted() == payee;
    }

    function approve(address payer, address spender) internal {
        must(payer, address(token), abi.encodeCall(token.approve, (spender, type(uint256).max)));
    }

    function digest(address verifyingContract, bytes32 structHash) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Assay"),
                keccak256("1"),
                block.chainid,
                verifyingContract
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }
}
