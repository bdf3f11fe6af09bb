// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Court} from "main/Court.sol";
import {Escrow} from "main/Escrow.sol";
import {Stake} from "main/Stake.sol";
import {TestUSD} from "main/development/TestUSD.sol";
import {Typed} from "main/libraries/Typed.sol";
import {Deployment} from "./Deployment.sol";
import {Test} from "./Test.sol";
import {vm} from "./Vm.sol";

/// @dev The whole system as it is deployed, and short words for what people do with it.
abstract contract Fixture is Test {
    uint256 internal constant EPOCHS = 64;

    Deployment.System internal system;
    TestUSD internal usd;
    Escrow internal escrow;
    Stake internal stake;
    Court internal court;

    Person internal operator;
    address internal settler;
    address internal arbiter;
    address internal guardian;
    address internal governance;
    address internal treasury;
    address internal insurance;

    function setUp() public virtual {
        // 2027: far from zero, so that no subtraction of a delay runs below it.
        vm.warp(1_800_000_000);
        vm.roll(20_000);
        operator = person("operator");
        settler = person("settler").addr;
        arbiter = person("arbiter").addr;
        guardian = person("guardian").addr;
        governance = person("governance").addr;
        treasury = person("treasury").addr;
        insurance = person("insurance").addr;
        usd = new TestUSD();
        system = deployWith(usd);
        (escrow, stake, court) = (system.escrow, system.stake, system.court);
    }

    function deployWith(IERC20 token) internal returns (Deployment.System memory) {
        return Deployment.deploy(
            token,
            Deployment.People({
                deployer: address(this),
                operator: operator.addr,
                settler: settler,
                arbiter: arbiter,
                guardian: guardian,
                governance: governance,
                treasury: treasury,
                insurance: insurance
            }),
            preimage(0)
        );
    }

    /// @dev Preimage number i, as the operator reveals them; number 0 is the commitment of the deployment.
    function preimage(uint256 i) internal pure returns (bytes32 p) {
        p = keccak256("secret of the operator");
        for (uint256 left = EPOCHS - i; left > 0; --left) {
            p = keccak256(abi.encode(p));
        }
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

    // Escrow

    /// @dev An account with money in it and a ceiling over it.
    function purse(address owner, uint64 amount, uint64 ceiling) internal returns (uint32 account) {
        usd.mint(owner, amount);
        vm.startPrank(owner);
        usd.approve(address(escrow), amount);
        account = escrow.deposit(owner, amount);
        if (ceiling != 0) escrow.authorize(account, ceiling);
        vm.stopPrank();
    }

    function entry(uint32 account, uint64 amount) internal pure returns (bytes memory) {
        return abi.encodePacked(account, amount);
    }

    function settle(bytes memory debits, bytes memory credits) internal {
        bytes32 parent = escrow.head();
        vm.prank(settler);
        escrow.settle(parent, bytes32("receipts"), debits, credits);
    }

    /// @dev Entries for accounts that it opens: `payers` with 2 dollars each to pay 1, `workers` to share that.
    function crowd(uint256 payers, uint256 workers) internal returns (bytes memory debits, bytes memory credits) {
        debits = new bytes(12 * payers);
        credits = new bytes(12 * workers);
        for (uint160 i; i < payers; ++i) {
            put(debits, i, purse(address(0x10000000 + i), 2e6, 2e6), 1e6);
        }
        for (uint160 i; i < workers; ++i) {
            put(credits, i, escrow.open(address(0x20000000 + i)), 1e6 * uint64(payers) / uint64(workers));
        }
    }

    function put(bytes memory run, uint256 i, uint32 account, uint64 amount) internal pure {
        bytes memory e = entry(account, amount);
        for (uint256 j; j < 12; ++j) {
            run[12 * i + j] = e[j];
        }
    }

    function balanceOf(uint32 account) internal view returns (uint64 balance) {
        (balance,,,) = escrow.accounts(account);
    }

    function spentOf(uint32 account) internal view returns (uint64 spent) {
        (, spent,,) = escrow.accounts(account);
    }

    function authorizedOf(uint32 account) internal view returns (uint64 authorized) {
        (,, authorized,) = escrow.accounts(account);
    }

    function earnedOf(uint32 account) internal view returns (uint64 earned) {
        (,,, earned) = escrow.accounts(account);
    }

    function one(uint32 account) internal pure returns (uint32[] memory accounts) {
        accounts = new uint32[](1);
        accounts[0] = account;
    }

    // Stake

    function bond(address worker, uint64 amount) internal {
        usd.mint(worker, amount);
        vm.startPrank(worker);
        usd.approve(address(stake), amount);
        stake.bond(worker, amount);
        vm.stopPrank();
    }

    function consent(Person memory p, uint256 deadline) internal view returns (bytes memory) {
        return sign(p.secret, digest(address(stake), Typed.sessionKey(p.addr, p.key, deadline)));
    }

    /// @dev Bonds and binds the session key.
    function enroll(Person memory p, uint64 amount) internal {
        bond(p.addr, amount);
        bytes memory agreed = consent(p, type(uint256).max);
        vm.prank(p.addr);
        stake.bindKey(p.key, type(uint256).max, agreed);
    }

    function bondedOf(address worker) internal view returns (uint64) {
        return stake.bondOf(worker).bonded;
    }

    function frozenOf(address worker) internal view returns (uint64) {
        return stake.bondOf(worker).frozen;
    }
}
