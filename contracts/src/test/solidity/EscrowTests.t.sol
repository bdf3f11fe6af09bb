// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Escrow} from "main/Escrow.sol";
import {TestUSD} from "main/development/TestUSD.sol";
import {IEscrow} from "main/interfaces/IEscrow.sol";
import {Typed} from "main/libraries/Typed.sol";
import {BadToken, Decimals, Payee, Wallet} from "./support/BadTokens.sol";
import {Deployment} from "./support/Deployment.sol";
import {Fixture} from "./support/Fixture.sol";
import {Vm, vm} from "./support/Vm.sol";

contract EscrowTests is Fixture {
    Person private alice;
    Person private bob;
    address private stranger;

    function setUp() public override {
        super.setUp();
        (alice, bob, stranger) = (person("alice"), person("bob"), person("stranger").addr);
    }

    // constructor

    function test_constructor_refuses_a_token_with_more_than_nine_decimals() public {
        IERC20 fine = IERC20(address(new Decimals(9)));
        new Escrow(fine, 1 days, 0, 0, treasury, address(this));
        IERC20 token = IERC20(address(new Decimals(10)));
        vm.expectRevert(abi.encodeWithSelector(IEscrow.UnsupportedToken.selector, token));
        new Escrow(token, 1 days, 0, 0, treasury, address(this));
    }

    function test_constructor_refuses_an_exit_delay_below_an_hour_or_above_thirty_days() public {
        new Escrow(usd, 1 hours, 0, 0, treasury, address(this));
        new Escrow(usd, 30 days, 0, 0, treasury, address(this));
        vm.expectRevert(abi.encodeWithSelector(IEscrow.DelayOutOfRange.selector, 1 hours - 1));
        new Escrow(usd, 1 hours - 1, 0, 0, treasury, address(this));
        vm.expectRevert(abi.encodeWithSelector(IEscrow.DelayOutOfRange.selector, 30 days + 1));
        new Escrow(usd, 30 days + 1, 0, 0, treasury, address(this));
    }

    function test_constructor_refuses_a_treasury_of_nobody() public {
        vm.expectRevert(abi.encodeWithSelector(IEscrow.InvalidOwner.selector, address(0)));
        new Escrow(usd, 1 days, 0, 0, address(0), address(this));
    }

    function test_constructor_starts_a_chain_of_batches_of_its_own() public {
        Escrow other = new Escrow(usd, 1 days, 0, 0, treasury, address(this));
        vm.assertTrue(other.head() != escrow.head());
        vm.chainId(1);
        Escrow elsewhere = new Escrow(usd, 1 days, 0, 0, treasury, address(this));
        bytes32 expected = keccak256(abi.encode(keccak256("Assay Escrow"), uint256(1), address(elsewhere)));
        vm.assertEq(elsewhere.head(), expected);
    }

    // open

    function test_open_refuses_nobody_as_owner() public {
        vm.expectRevert(abi.encodeWithSelector(IEscrow.InvalidOwner.selector, address(0)));
        escrow.open(address(0));
    }

    function test_open_numbers_the_account_and_tells() public {
        vm.expectEmit(address(escrow));
        emit IEscrow.Opened(1, alice.addr);
        vm.assertEq(escrow.open(alice.addr), 1);
        vm.assertEq(escrow.open(bob.addr), 2);
        vm.assertEq(escrow.count(), 2);
        vm.assertEq(escrow.idOf(bob.addr), 2);
        (address owner,,) = escrow.holders(2);
        vm.assertEq(owner, bob.addr);
    }

    function test_open_answers_that_account() public {
        escrow.open(bob.addr);
        uint32 account = escrow.open(alice.addr);
        vm.assertEq(escrow.open(alice.addr), account);
        vm.assertEq(escrow.count(), 2);
    }

    // deposit

    function test_deposit_credits_the_owner_whoever_pays() public {
        usd.mint(stranger, 30e6);
        vm.startPrank(stranger);
        usd.approve(address(escrow), 30e6);
        vm.expectEmit(address(escrow));
        emit IEscrow.Deposited(1, stranger, 10e6);
        uint32 account = escrow.deposit(alice.addr, 10e6);
        escrow.deposit(alice.addr, 20e6);
        vm.stopPrank();
        vm.assertEq(account, escrow.idOf(alice.addr));
        checkAccount(account, 30e6, 0, 0, 0);
        vm.assertEq(usd.balanceOf(address(escrow)), 30e6);
    }

    function test_deposit_refuses_a_token_that_keeps_a_fee() public {
        BadToken bad = useBadToken();
        bad.behave(BadToken.Manner.Fee, address(0));
        bad.mint(address(this), 10e6);
        bad.approve(address(escrow), 10e6);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.UnexpectedAmount.selector, 10e6, 9.9e6));
        escrow.deposit(alice.addr, 10e6);
    }

    function test_deposit_refuses_when_the_purse_would_overflow() public {
        uint32 account = purse(alice.addr, type(uint64).max, 1);
        usd.mint(address(this), 1);
        usd.approve(address(escrow), 1);
        vm.expectRevert(overflow());
        escrow.deposit(alice.addr, 1);
        checkAccount(account, type(uint64).max, 0, 1, 0);
    }

    function test_deposit_does_not_move_the_exit_of_the_owner_when_a_stranger_pays() public {
        uint32 account = purse(alice.addr, 10e6, 0);
        vm.prank(alice.addr);
        escrow.announceExit(account, 10e6);
        (, uint64 leaving, uint32 readyAt) = escrow.holders(account);
        elapse(1 days);
        usd.mint(address(this), 1);
        usd.approve(address(escrow), 1);
        escrow.deposit(alice.addr, 1);
        (, uint64 leavingThen, uint32 readyThen) = escrow.holders(account);
        vm.assertEq(leavingThen, leaving);
        vm.assertEq(readyThen, readyAt);
    }

    // depositWithPermit

    function test_depositWithPermit_takes_the_permit_and_the_money() public {
        usd.mint(alice.addr, 10e6);
        (uint8 v, bytes32 r, bytes32 s) = permit(alice, 10e6, vm.getBlockTimestamp());
        vm.prank(alice.addr);
        uint32 account = escrow.depositWithPermit(10e6, vm.getBlockTimestamp(), v, r, s);
        checkAccount(account, 10e6, 0, 0, 0);
        vm.assertEq(escrow.idOf(alice.addr), account);
    }

    function test_depositWithPermit_takes_the_money_all_the_same() public {
        usd.mint(alice.addr, 10e6);
        (uint8 v, bytes32 r, bytes32 s) = permit(alice, 10e6, vm.getBlockTimestamp());
        vm.prank(stranger);
        usd.permit(alice.addr, address(escrow), 10e6, vm.getBlockTimestamp(), v, r, s);
        vm.prank(alice.addr);
        uint32 account = escrow.depositWithPermit(10e6, vm.getBlockTimestamp(), v, r, s);
        checkAccount(account, 10e6, 0, 0, 0);
    }

    function test_depositWithPermit_is_refused_by_the_token() public {
        usd.mint(alice.addr, 10e6);
        (uint8 v, bytes32 r, bytes32 s) = permit(bob, 10e6, vm.getBlockTimestamp());
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(escrow), 0, 10e6)
        );
        vm.prank(alice.addr);
        escrow.depositWithPermit(10e6, type(uint256).max, v, r, s);
    }

    // depositWithAuthorization

    function test_depositWithAuthorization_credits_the_signer_whoever_relays() public {
        usd.mint(alice.addr, 10e6);
        uint256 until = vm.getBlockTimestamp() + 1;
        (uint8 v, bytes32 r, bytes32 s) = authorization(alice, 10e6, until);
        vm.expectEmit(address(escrow));
        emit IEscrow.Deposited(1, alice.addr, 10e6);
        vm.prank(stranger);
        uint32 account = escrow.depositWithAuthorization(alice.addr, 10e6, 0, until, "nonce", v, r, s);
        checkAccount(account, 10e6, 0, 0, 0);
        vm.assertEq(escrow.idOf(alice.addr), account);
    }

    function test_depositWithAuthorization_refuses_the_same_authorization_twice() public {
        usd.mint(alice.addr, 20e6);
        uint256 until = vm.getBlockTimestamp() + 1;
        (uint8 v, bytes32 r, bytes32 s) = authorization(alice, 10e6, until);
        escrow.depositWithAuthorization(alice.addr, 10e6, 0, until, "nonce", v, r, s);
        vm.expectRevert(abi.encodeWithSelector(TestUSD.AuthorizationSpent.selector, alice.addr, bytes32("nonce")));
        escrow.depositWithAuthorization(alice.addr, 10e6, 0, until, "nonce", v, r, s);
    }

    function test_depositWithAuthorization_refuses_an_authorization_out_of_its_time() public {
        usd.mint(alice.addr, 10e6);
        uint256 until = vm.getBlockTimestamp();
        (uint8 v, bytes32 r, bytes32 s) = authorization(alice, 10e6, until);
        vm.expectRevert(abi.encodeWithSelector(TestUSD.AuthorizationNotValid.selector, 0, until));
        escrow.depositWithAuthorization(alice.addr, 10e6, 0, until, "nonce", v, r, s);
        vm.expectRevert(abi.encodeWithSelector(TestUSD.AuthorizationNotValid.selector, until, until + 1));
        escrow.depositWithAuthorization(alice.addr, 10e6, until, until + 1, "nonce", v, r, s);
    }

    function test_depositWithAuthorization_refuses_one_that_the_payer_did_not_sign() public {
        usd.mint(alice.addr, 10e6);
        uint256 until = vm.getBlockTimestamp() + 1;
        (uint8 v, bytes32 r, bytes32 s) = authorization(bob, 10e6, until);
        vm.expectRevert();
        escrow.depositWithAuthorization(alice.addr, 10e6, 0, until, "nonce", v, r, s);
        (v, r, s) = authorization(alice, 9e6, until);
        vm.expectRevert();
        escrow.depositWithAuthorization(alice.addr, 10e6, 0, until, "nonce", v, r, s);
    }

    function test_depositWithAuthorization_cannot_be_front_run_at_the_token() public {
        usd.mint(alice.addr, 10e6);
        uint256 until = vm.getBlockTimestamp() + 1;
        (uint8 v, bytes32 r, bytes32 s) = authorization(alice, 10e6, until);
        vm.expectRevert(abi.encodeWithSelector(TestUSD.CallerNotPayee.selector, stranger, address(escrow)));
        vm.prank(stranger);
        usd.receiveWithAuthorization(alice.addr, address(escrow), 10e6, 0, until, "nonce", v, r, s);
    }

    // authorize

    function test_authorize_refuses_whoever_is_not_the_owner() public {
        uint32 account = purse(alice.addr, 10e6, 0);
        refuseNotOwner(account, bob.addr);
        escrow.authorize(account, 1);
        refuseNotOwner(99, bob.addr);
        escrow.authorize(99, 1);
    }

    function test_authorize_refuses_a_ceiling_that_does_not_rise() public {
        uint32 account = purse(alice.addr, 10e6, 5e6);
        vm.startPrank(alice.addr);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.CeilingNotRaised.selector, 5e6, 5e6));
        escrow.authorize(account, 5e6);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.CeilingNotRaised.selector, 4e6, 5e6));
        escrow.authorize(account, 4e6);
        vm.stopPrank();
    }

    function test_authorize_raises_the_ceiling_and_tells() public {
        uint32 account = purse(alice.addr, 10e6, 5e6);
        settle(entry(account, 3e6), entry(escrow.open(bob.addr), 3e6));
        vm.expectEmit(address(escrow));
        emit IEscrow.Authorized(account, type(uint64).max);
        vm.prank(alice.addr);
        escrow.authorize(account, type(uint64).max);
        checkAccount(account, 7e6, 3e6, type(uint64).max, 0);
    }

    // authorizeFor

    function test_authorizeFor_refuses_after_the_deadline() public {
        uint32 account = purse(alice.addr, 10e6, 0);
        uint256 deadline = vm.getBlockTimestamp();
        bytes memory signature = ceiling(alice.ownerSecret, account, 5e6, deadline);
        elapse(1);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Expired.selector, deadline));
        escrow.authorizeFor(account, 5e6, deadline, signature);
        vm.warp(deadline);
        escrow.authorizeFor(account, 5e6, deadline, signature);
        vm.assertEq(authorizedOf(account), 5e6);
    }

    function test_authorizeFor_refuses_an_account_that_nobody_owns() public {
        bytes memory signature = ceiling(alice.ownerSecret, 7, 5e6, type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.UnknownAccount.selector, 7));
        escrow.authorizeFor(7, 5e6, type(uint256).max, signature);
    }

    function test_authorizeFor_refuses_the_signature_of_another() public {
        uint32 account = purse(alice.addr, 10e6, 0);
        refuseSignature(account, 5e6, ceiling(bob.ownerSecret, account, 5e6, type(uint256).max));
    }

    function test_authorizeFor_refuses_another_amount_than_was_signed() public {
        uint32 account = purse(alice.addr, 10e6, 0);
        refuseSignature(account, 6e6, ceiling(alice.ownerSecret, account, 5e6, type(uint256).max));
        refuseSignature(account, 5e6, ceiling(alice.ownerSecret, account, 5e6, 1e12));
    }

    function test_authorizeFor_refuses_another_account_than_was_signed() public {
        uint32 account = purse(alice.addr, 10e6, 0);
        refuseSignature(account, 5e6, ceiling(alice.ownerSecret, account + 1, 5e6, type(uint256).max));
    }

    function test_authorizeFor_refuses_a_malleated_signature() public {
        uint32 account = purse(alice.addr, 10e6, 0);
        refuseSignature(account, 5e6, malleate(ceiling(alice.ownerSecret, account, 5e6, type(uint256).max)));
    }

    function test_authorizeFor_refuses_a_short_signature_and_a_zero_signer() public {
        uint32 account = purse(alice.addr, 10e6, 0);
        refuseSignature(account, 5e6, "");
        refuseSignature(account, 5e6, new bytes(64));
        refuseSignature(account, 5e6, new bytes(65));
        refuseSignature(account, 5e6, abi.encodePacked(bytes32(0), bytes32(0), uint8(27)));
    }

    function test_authorizeFor_refuses_the_signature_for_another_contract() public {
        uint32 account = purse(alice.addr, 10e6, 0);
        bytes32 structHash = Typed.ceiling(account, 5e6, type(uint256).max);
        refuseSignature(account, 5e6, sign(alice.ownerSecret, digest(address(court), structHash)));
    }

    function test_authorizeFor_refuses_the_signature_for_another_chain() public {
        uint32 account = purse(alice.addr, 10e6, 0);
        bytes memory here = ceiling(alice.ownerSecret, account, 5e6, type(uint256).max);
        // A fork: the domain is not remembered from the time of deployment.
        vm.chainId(5);
        refuseSignature(account, 5e6, here);
        escrow.authorizeFor(
            account, 5e6, type(uint256).max, ceiling(alice.ownerSecret, account, 5e6, type(uint256).max)
        );
    }

    function test_authorizeFor_refuses_what_was_signed_before_the_account_moved() public {
        uint32 account = purse(alice.addr, 10e6, 0);
        bytes memory before = ceiling(alice.ownerSecret, account, 5e6, type(uint256).max);
        move(account, alice.addr, bob.addr);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.BadSignature.selector, bob.addr));
        escrow.authorizeFor(account, 5e6, type(uint256).max, before);
    }

    function test_authorizeFor_changes_nothing() public {
        uint32 account = purse(alice.addr, 10e6, 0);
        bytes memory lower = ceiling(alice.ownerSecret, account, 5e6, type(uint256).max);
        bytes memory higher = ceiling(alice.ownerSecret, account, 8e6, type(uint256).max);
        escrow.authorizeFor(account, 5e6, type(uint256).max, lower);
        escrow.authorizeFor(account, 8e6, type(uint256).max, higher);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.CeilingNotRaised.selector, 5e6, 8e6));
        escrow.authorizeFor(account, 5e6, type(uint256).max, lower);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.CeilingNotRaised.selector, 8e6, 8e6));
        escrow.authorizeFor(account, 8e6, type(uint256).max, higher);
        vm.assertEq(authorizedOf(account), 8e6);
    }

    function test_authorizeFor_raises_the_ceiling_when_the_wallet_agrees() public {
        Wallet wallet = new Wallet(Wallet.Manner.Accept);
        uint32 account = purse(address(wallet), 10e6, 0);
        escrow.authorizeFor(account, 5e6, type(uint256).max, "anything");
        vm.assertEq(authorizedOf(account), 5e6);
    }

    function test_authorizeFor_refuses_when_the_wallet_refuses_reverts_or_answers_oddly() public {
        for (uint8 m = uint8(Wallet.Manner.Refuse); m <= uint8(Wallet.Manner.Odd); ++m) {
            Wallet wallet = new Wallet(Wallet.Manner(m));
            uint32 account = purse(address(wallet), 10e6, 0);
            vm.expectRevert(abi.encodeWithSelector(IEscrow.BadSignature.selector, wallet));
            escrow.authorizeFor{gas: 2_000_000}(account, 5e6, type(uint256).max, "anything");
        }
    }

    function test_authorizeFor_still_takes_its_signature() public {
        uint32 account = purse(alice.addr, 10e6, 0);
        // EIP-7702: the key delegates to code that knows nothing of ERC-1271.
        vm.etch(alice.addr, hex"00");
        escrow.authorizeFor(
            account, 5e6, type(uint256).max, ceiling(alice.ownerSecret, account, 5e6, type(uint256).max)
        );
        vm.assertEq(authorizedOf(account), 5e6);
    }

    // announceExit

    function test_announceExit_refuses_whoever_is_not_the_owner() public {
        uint32 account = purse(alice.addr, 10e6, 0);
        refuseNotOwner(account, bob.addr);
        escrow.announceExit(account, 1);
    }

    function test_announceExit_starts_the_delay_and_tells() public {
        uint32 account = purse(alice.addr, 10e6, 0);
        uint32 readyAt = uint32(vm.getBlockTimestamp()) + Deployment.EXIT_DELAY;
        vm.expectEmit(address(escrow));
        emit IEscrow.ExitAnnounced(account, 10e6, readyAt);
        vm.prank(alice.addr);
        escrow.announceExit(account, 10e6);
        (, uint64 leaving, uint32 found) = escrow.holders(account);
        vm.assertEq(leaving, 10e6);
        vm.assertEq(found, readyAt);
    }

    function test_announceExit_replaces_an_announcement_and_starts_again() public {
        uint32 account = purse(alice.addr, 10e6, 0);
        announce(account, alice.addr, 10e6);
        elapse(1 days);
        announce(account, alice.addr, 4e6);
        (, uint64 leaving, uint32 readyAt) = escrow.holders(account);
        vm.assertEq(leaving, 4e6);
        vm.assertEq(readyAt, vm.getBlockTimestamp() + Deployment.EXIT_DELAY);
    }

    function test_announceExit_withdraws_an_announcement_with_zero() public {
        uint32 account = purse(alice.addr, 10e6, 0);
        announce(account, alice.addr, 10e6);
        announce(account, alice.addr, 0);
        elapse(30 days);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NothingAnnounced.selector, account));
        vm.prank(alice.addr);
        escrow.exit(account);
    }

    // exit

    function test_exit_refuses_whoever_is_not_the_owner() public {
        uint32 account = purse(alice.addr, 10e6, 0);
        announce(account, alice.addr, 10e6);
        elapse(Deployment.EXIT_DELAY);
        refuseNotOwner(account, bob.addr);
        escrow.exit(account);
    }

    function test_exit_refuses_when_nothing_was_announced() public {
        uint32 account = purse(alice.addr, 10e6, 0);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NothingAnnounced.selector, account));
        vm.prank(alice.addr);
        escrow.exit(account);
    }

    function test_exit_refuses_before_the_delay_is_over() public {
        uint32 account = purse(alice.addr, 10e6, 0);
        announce(account, alice.addr, 10e6);
        uint256 readyAt = vm.getBlockTimestamp() + Deployment.EXIT_DELAY;
        elapse(Deployment.EXIT_DELAY - 1);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotReady.selector, readyAt));
        vm.prank(alice.addr);
        escrow.exit(account);
    }

    function test_exit_pays_what_was_announced() public {
        uint32 account = purse(alice.addr, 10e6, 5e6);
        announce(account, alice.addr, 4e6);
        elapse(Deployment.EXIT_DELAY);
        vm.expectEmit(address(escrow));
        emit IEscrow.Exited(account, alice.addr, 4e6);
        vm.prank(alice.addr);
        vm.assertEq(escrow.exit(account), 4e6);
        vm.assertEq(usd.balanceOf(alice.addr), 4e6);
        checkAccount(account, 6e6, 0, 5e6, 0);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NothingAnnounced.selector, account));
        vm.prank(alice.addr);
        escrow.exit(account);
    }

    function test_exit_pays_what_is_left_when_less_is_left() public {
        uint32 account = purse(alice.addr, 10e6, 10e6);
        announce(account, alice.addr, 10e6);
        settle(entry(account, 3e6), entry(escrow.open(bob.addr), 3e6));
        elapse(Deployment.EXIT_DELAY);
        vm.prank(alice.addr);
        vm.assertEq(escrow.exit(account), 7e6);
        checkAccount(account, 0, 3e6, 10e6, 0);
    }

    function test_exit_pays_nothing_when_nothing_is_left() public {
        BadToken bad = useBadToken();
        uint32 account = escrow.open(alice.addr);
        announce(account, alice.addr, 10e6);
        elapse(Deployment.EXIT_DELAY);
        // Some tokens refuse to transfer nothing; that must not matter.
        bad.behave(BadToken.Manner.Refuse, address(0));
        vm.prank(alice.addr);
        vm.assertEq(escrow.exit(account), 0);
    }

    function test_exit_cannot_be_entered_again() public {
        BadToken bad = useBadToken();
        Payee payee = new Payee();
        uint32 account = fundBad(bad, address(payee), 10e6);
        fundBad(bad, alice.addr, 10e6);
        payee.act(address(escrow), abi.encodeCall(Escrow.announceExit, (account, 10e6)));
        elapse(Deployment.EXIT_DELAY);
        bad.behave(BadToken.Manner.Hook, address(0));
        payee.onPayment(address(escrow), abi.encodeCall(Escrow.exit, (account)));
        payee.act(address(escrow), abi.encodeCall(Escrow.exit, (account)));
        vm.assertTrue(payee.called());
        vm.assertFalse(payee.succeeded());
        vm.assertEq(bad.balanceOf(address(payee)), 10e6);
        vm.assertEq(bad.balanceOf(address(escrow)), 10e6);
    }

    function test_exit_works_while_settlement_is_halted() public {
        uint32 account = purse(alice.addr, 10e6, 0);
        announce(account, alice.addr, 10e6);
        elapse(Deployment.EXIT_DELAY);
        halt(uint32(vm.getBlockTimestamp()) + 1 days);
        vm.prank(alice.addr);
        escrow.exit(account);
        vm.assertEq(usd.balanceOf(alice.addr), 10e6);
    }

    // offerAccount, acceptAccount

    function test_offerAccount_refuses_whoever_is_not_the_owner() public {
        uint32 account = purse(alice.addr, 10e6, 0);
        refuseNotOwner(account, bob.addr);
        escrow.offerAccount(account, bob.addr);
    }

    function test_offerAccount_offers_and_withdraws_the_offer() public {
        uint32 account = purse(alice.addr, 10e6, 0);
        vm.expectEmit(address(escrow));
        emit IEscrow.AccountOffered(account, bob.addr);
        vm.startPrank(alice.addr);
        escrow.offerAccount(account, bob.addr);
        escrow.offerAccount(account, address(0));
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotOffered.selector, account, bob.addr));
        vm.prank(bob.addr);
        escrow.acceptAccount(account);
    }

    function test_acceptAccount_refuses_whom_it_was_not_offered() public {
        uint32 account = purse(alice.addr, 10e6, 0);
        vm.prank(alice.addr);
        escrow.offerAccount(account, bob.addr);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotOffered.selector, account, stranger));
        vm.prank(stranger);
        escrow.acceptAccount(account);
    }

    function test_acceptAccount_moves_the_account_with_its_counters() public {
        uint32 account = purse(alice.addr, 10e6, 8e6);
        settle(entry(account, 3e6), entry(account, 2e6 + 0.5e6));
        vm.prank(alice.addr);
        escrow.offerAccount(account, bob.addr);
        vm.expectEmit(address(escrow));
        emit IEscrow.AccountMoved(account, alice.addr, bob.addr);
        vm.prank(bob.addr);
        escrow.acceptAccount(account);
        checkAccount(account, 7e6, 3e6, 8e6, 2.5e6);
        vm.assertEq(escrow.idOf(bob.addr), account);
        vm.assertEq(escrow.idOf(alice.addr), 0);
        refuseNotOwner(account, alice.addr);
        escrow.authorize(account, 9e6);
        escrow.payout(one(account));
        vm.assertEq(usd.balanceOf(bob.addr), 2.5e6);
        // Alice begins anew.
        vm.assertEq(purse(alice.addr, 1e6, 0), account + 1);
    }

    function test_acceptAccount_leaves_deposits_where_they_go() public {
        uint32 account = purse(alice.addr, 10e6, 0);
        uint32 own = purse(bob.addr, 10e6, 0);
        move(account, alice.addr, bob.addr);
        vm.assertEq(escrow.idOf(bob.addr), own);
        vm.assertEq(purse(bob.addr, 1e6, 0), own);
        vm.prank(bob.addr);
        escrow.authorize(account, 1e6);
    }

    function test_acceptAccount_moves_the_fees_only() public {
        uint32 account = purse(alice.addr, 10e6, 10e6);
        settle(entry(account, 10e6), entry(escrow.open(bob.addr), 9e6));
        move(0, treasury, stranger);
        vm.assertEq(escrow.idOf(stranger), 0);
        escrow.payout(one(0));
        vm.assertEq(usd.balanceOf(stranger), 1e6);
    }

    function test_acceptAccount_takes_an_offer_once() public {
        uint32 account = purse(alice.addr, 10e6, 0);
        move(account, alice.addr, bob.addr);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotOffered.selector, account, bob.addr));
        vm.prank(bob.addr);
        escrow.acceptAccount(account);
    }

    // settle

    function test_settle_refuses_whoever_lacks_the_role() public {
        uint32 account = purse(alice.addr, 10e6, 10e6);
        bytes32 head = escrow.head();
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, operator.addr));
        vm.prank(operator.addr);
        escrow.settle(head, 0, entry(account, 1), "");
    }

    function test_settle_refuses_a_batch_on_another_head() public {
        uint32 account = purse(alice.addr, 10e6, 10e6);
        bytes32 head = escrow.head();
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Stale.selector, head));
        vm.prank(settler);
        escrow.settle(bytes32("another"), 0, entry(account, 1), "");
    }

    function test_settle_refuses_the_same_batch_twice() public {
        uint32 payer = purse(alice.addr, 10e6, 10e6);
        bytes memory credits = entry(escrow.open(bob.addr), 1e6);
        bytes32 parent = escrow.head();
        vm.startPrank(settler);
        escrow.settle(parent, "root", entry(payer, 1e6), credits);
        bytes32 head = escrow.head();
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Stale.selector, head));
        escrow.settle(parent, "root", entry(payer, 1e6), credits);
        vm.stopPrank();
        vm.assertEq(spentOf(payer), 1e6);
    }

    function test_settle_refuses_a_batch_without_debits() public {
        bytes memory credits = entry(escrow.open(bob.addr), 0);
        bytes32 head = escrow.head();
        vm.expectRevert(abi.encodeWithSelector(IEscrow.MalformedBatch.selector, 0, 12));
        vm.prank(settler);
        escrow.settle(head, 0, "", credits);
    }

    function test_settle_refuses_a_torn_entry() public {
        uint32 account = purse(alice.addr, 10e6, 10e6);
        bytes32 head = escrow.head();
        bytes memory whole = entry(account, 1e6);
        vm.startPrank(settler);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.MalformedBatch.selector, 13, 0));
        escrow.settle(head, 0, bytes.concat(whole, hex"00"), "");
        vm.expectRevert(abi.encodeWithSelector(IEscrow.MalformedBatch.selector, 12, 11));
        escrow.settle(head, 0, whole, new bytes(11));
        vm.stopPrank();
    }

    function test_settle_refuses_more_parties_than_fit() public {
        uint256 most = escrow.MAX_PARTIES();
        bytes32 head = escrow.head();
        bytes memory debits = new bytes(12 * most);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.BatchTooLarge.selector, most + 1, most));
        vm.prank(settler);
        escrow.settle(head, 0, debits, new bytes(12));
        // Exactly as many are read, and found not to ascend.
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotAscending.selector, 0, 0));
        vm.prank(settler);
        escrow.settle(head, 0, debits, "");
    }

    function test_settle_refuses_debits_that_do_not_ascend() public {
        uint32 a = purse(alice.addr, 10e6, 10e6);
        uint32 b = purse(bob.addr, 10e6, 10e6);
        bytes32 head = escrow.head();
        vm.startPrank(settler);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotAscending.selector, a, a));
        escrow.settle(head, 0, bytes.concat(entry(a, 1e6), entry(a, 1e6)), "");
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotAscending.selector, b, a));
        escrow.settle(head, 0, bytes.concat(entry(b, 1e6), entry(a, 1e6)), "");
        vm.stopPrank();
    }

    function test_settle_refuses_credits_that_do_not_ascend() public {
        uint32 a = purse(alice.addr, 10e6, 10e6);
        uint32 b = purse(bob.addr, 10e6, 10e6);
        bytes32 head = escrow.head();
        vm.startPrank(settler);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotAscending.selector, a, a));
        escrow.settle(head, 0, entry(a, 2e6), bytes.concat(entry(a, 1e6), entry(a, 1e6)));
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotAscending.selector, b, a));
        escrow.settle(head, 0, entry(a, 2e6), bytes.concat(entry(b, 1e6), entry(a, 1e6)));
        vm.stopPrank();
    }

    function test_settle_refuses_the_treasury_as_a_party() public {
        uint32 account = purse(alice.addr, 10e6, 10e6);
        bytes32 head = escrow.head();
        vm.startPrank(settler);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotAscending.selector, 0, 0));
        escrow.settle(head, 0, entry(0, 1e6), "");
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotAscending.selector, 0, 0));
        escrow.settle(head, 0, entry(account, 1e6), entry(0, 1e6));
        vm.stopPrank();
    }

    function test_settle_refuses_a_debit_of_an_unknown_account() public {
        uint32 account = purse(alice.addr, 10e6, 10e6);
        bytes32 head = escrow.head();
        vm.expectRevert(abi.encodeWithSelector(IEscrow.UnknownAccount.selector, account + 1));
        vm.prank(settler);
        escrow.settle(head, 0, bytes.concat(entry(account, 1e6), entry(account + 1, 0)), "");
    }

    function test_settle_refuses_a_credit_to_an_unknown_account() public {
        uint32 account = purse(alice.addr, 10e6, 10e6);
        bytes32 head = escrow.head();
        vm.expectRevert(abi.encodeWithSelector(IEscrow.UnknownAccount.selector, account + 1));
        vm.prank(settler);
        escrow.settle(head, 0, entry(account, 1e6), entry(account + 1, 1e6));
    }

    function test_settle_refuses_to_give_more_than_it_takes() public {
        uint32 account = purse(alice.addr, 10e6, 10e6);
        bytes memory credits = entry(escrow.open(bob.addr), 1e6 + 1);
        bytes32 head = escrow.head();
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Unfunded.selector, 1e6, 1e6 + 1));
        vm.prank(settler);
        escrow.settle(head, 0, entry(account, 1e6), credits);
    }

    function test_settle_refuses_a_fee_above_a_fifth() public {
        uint32 account = purse(alice.addr, 10e6, 10e6);
        uint32 worker = escrow.open(bob.addr);
        bytes32 head = escrow.head();
        vm.expectRevert(abi.encodeWithSelector(IEscrow.FeeTooHigh.selector, 200_001, 1e6));
        vm.prank(settler);
        escrow.settle(head, 0, entry(account, 1e6), entry(worker, 799_999));
        // Rounding is the requester's: a fifth of 9 is 1.
        vm.expectRevert(abi.encodeWithSelector(IEscrow.FeeTooHigh.selector, 2, 9));
        vm.prank(settler);
        escrow.settle(head, 0, entry(account, 9), entry(worker, 7));
        settle(entry(account, 1e6), entry(worker, 800_000));
        vm.assertEq(earnedOf(0), 200_000);
    }

    function test_settle_refuses_when_the_sum_of_debits_overflows() public {
        uint32 a = purse(alice.addr, type(uint64).max, type(uint64).max);
        uint32 b = purse(bob.addr, 1, 1);
        bytes32 head = escrow.head();
        vm.expectRevert(overflow());
        vm.prank(settler);
        escrow.settle(head, 0, bytes.concat(entry(a, type(uint64).max), entry(b, 1)), "");
    }

    function test_settle_refuses_when_earnings_would_overflow() public {
        limit(type(uint64).max, type(uint64).max);
        uint32 a = purse(alice.addr, type(uint64).max, type(uint64).max);
        uint32 b = purse(bob.addr, 1, 1);
        uint32 worker = escrow.open(stranger);
        settle(entry(a, type(uint64).max), entry(worker, type(uint64).max));
        elapse(1);
        bytes32 head = escrow.head();
        vm.expectRevert(overflow());
        vm.prank(settler);
        escrow.settle(head, 0, entry(b, 1), entry(worker, 1));
        // Two credits of one batch cannot overflow their sum either.
        uint32 other = escrow.open(treasury);
        vm.expectRevert(overflow());
        vm.prank(settler);
        escrow.settle(head, 0, entry(b, 1), bytes.concat(entry(b, type(uint64).max), entry(other, type(uint64).max)));
    }

    function test_settle_refuses_beyond_the_rate_limit_and_leaks_with_time() public {
        limit(10, 100);
        uint32 account = purse(alice.addr, 1000, 1000);
        uint32 worker = escrow.open(bob.addr);
        settle(entry(account, 60), entry(worker, 60));
        settle(entry(account, 40), entry(worker, 40));
        bytes32 head = escrow.head();
        vm.expectRevert(abi.encodeWithSelector(IEscrow.OverLimit.selector, 101, 100));
        vm.prank(settler);
        escrow.settle(head, 0, entry(account, 1), entry(worker, 1));
        elapse(3);
        (,, uint64 level,,) = escrow.limit();
        vm.assertEq(level, 100);
        settle(entry(account, 30), entry(worker, 30));
        head = escrow.head();
        vm.expectRevert(abi.encodeWithSelector(IEscrow.OverLimit.selector, 101, 100));
        vm.prank(settler);
        escrow.settle(head, 0, entry(account, 1), entry(worker, 1));
        elapse(365 days);
        settle(entry(account, 100), entry(worker, 100));
        uint32 since;
        (,, level, since,) = escrow.limit();
        vm.assertEq(level, 100);
        vm.assertEq(since, vm.getBlockTimestamp());
    }

    function test_settle_refuses_while_halted() public {
        uint32 account = purse(alice.addr, 10e6, 10e6);
        uint32 until = uint32(vm.getBlockTimestamp()) + 1 hours;
        halt(until);
        elapse(1 hours - 1);
        bytes32 head = escrow.head();
        vm.expectRevert(abi.encodeWithSelector(IEscrow.SettlementHalted.selector, until));
        vm.prank(settler);
        escrow.settle(head, 0, entry(account, 1), entry(account, 1));
        elapse(1);
        settle(entry(account, 1), entry(account, 1));
    }

    function test_settle_takes_gives_and_keeps_the_fee() public {
        uint32 a = purse(alice.addr, 10e6, 8e6);
        uint32 b = purse(bob.addr, 20e6, 20e6);
        uint32 worker = escrow.open(stranger);
        bytes32 parent = escrow.head();
        bytes memory debits = bytes.concat(entry(a, 2e6), entry(b, 3e6));
        bytes memory credits = entry(worker, 4e6);
        bytes32 head = keccak256(abi.encode(parent, bytes32("root"), keccak256(debits), keccak256(credits)));
        vm.expectEmit(address(escrow));
        emit IEscrow.Settled(head, parent, "root", 5e6, 4e6);
        vm.prank(settler);
        escrow.settle(parent, "root", debits, credits);
        checkAccount(a, 8e6, 2e6, 8e6, 0);
        checkAccount(b, 17e6, 3e6, 20e6, 0);
        checkAccount(worker, 0, 0, 0, 4e6);
        checkAccount(0, 0, 0, 0, 1e6);
    }

    function test_settle_chains_the_head() public {
        uint32 a = purse(alice.addr, 10e6, 8e6);
        bytes32 parent = escrow.head();
        settle(entry(a, 1), entry(a, 1));
        bytes memory run = entry(a, 1);
        vm.assertEq(escrow.head(), keccak256(abi.encode(parent, bytes32("receipts"), keccak256(run), keccak256(run))));
    }

    function test_settle_clamps_to_the_ceiling_and_tells_the_shortfall() public {
        uint32 account = purse(alice.addr, 10e6, 4e6);
        uint32 worker = escrow.open(bob.addr);
        vm.expectEmit(address(escrow));
        emit IEscrow.Shortfall(account, 1e6);
        settle(entry(account, 5e6), entry(worker, 4e6));
        checkAccount(account, 6e6, 4e6, 4e6, 0);
    }

    function test_settle_clamps_to_the_balance_and_tells_the_shortfall() public {
        uint32 account = purse(alice.addr, 3e6, 10e6);
        uint32 worker = escrow.open(bob.addr);
        vm.expectEmit(address(escrow));
        emit IEscrow.Shortfall(account, type(uint64).max - 3e6);
        settle(entry(account, type(uint64).max), entry(worker, 3e6));
        checkAccount(account, 0, 3e6, 10e6, 0);
    }

    function test_settle_lets_a_party_pay_and_earn_in_one_batch() public {
        uint32 account = purse(alice.addr, 3e6, 10e6);
        settle(entry(account, 2e6), entry(account, 2e6));
        checkAccount(account, 1e6, 2e6, 10e6, 2e6);
    }

    function test_settle_takes_a_shortfall_from_the_fee_and_not_from_workers() public {
        uint32 poor = purse(alice.addr, 0.5e6, 10e6);
        uint32 rich = purse(bob.addr, 100e6, 100e6);
        uint32 worker = escrow.open(stranger);
        settle(bytes.concat(entry(poor, 1e6), entry(rich, 9e6)), entry(worker, 9e6));
        vm.assertEq(earnedOf(worker), 9e6);
        vm.assertEq(earnedOf(0), 0.5e6);
        // Beyond the fee the batch fails as a whole: nobody's pay is cut in silence.
        bytes32 head = escrow.head();
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Unfunded.selector, 9e6, 9e6 + 1));
        vm.prank(settler);
        escrow.settle(head, 0, bytes.concat(entry(poor, 1e6), entry(rich, 9e6)), entry(worker, 9e6 + 1));
    }

    function testFuzz_settle_never_takes_beyond_what_was_signed(uint64 amount, uint64 signed, uint64 asked) public {
        limit(type(uint64).max, type(uint64).max);
        elapse(1);
        uint32 account = purse(alice.addr, amount, signed);
        uint64 room = amount < signed ? amount : signed;
        uint64 taken = asked < room ? asked : room;
        settle(entry(account, asked), entry(escrow.open(bob.addr), taken));
        checkAccount(account, amount - taken, taken, signed, 0);
        vm.assertEq(earnedOf(2), taken);
    }

    // payout

    function test_payout_pays_whoever_calls() public {
        uint32 worker = earn(bob.addr, 5e6);
        vm.expectEmit(address(escrow));
        emit IEscrow.Paid(worker, bob.addr, 5e6);
        vm.prank(stranger);
        escrow.payout(one(worker));
        vm.assertEq(usd.balanceOf(bob.addr), 5e6);
        vm.assertEq(earnedOf(worker), 0);
    }

    function test_payout_skips_an_account_that_earned_nothing() public {
        uint32 account = purse(alice.addr, 10e6, 0);
        vm.recordLogs();
        uint32[] memory accounts = new uint32[](2);
        (accounts[0], accounts[1]) = (account, 12345);
        escrow.payout(accounts);
        vm.assertEq(vm.getRecordedLogs().length, 0);
        checkAccount(account, 10e6, 0, 0, 0);
    }

    function test_payout_pays_an_account_once_however_often_it_is_named() public {
        uint32 worker = earn(bob.addr, 5e6);
        earn(stranger, 5e6);
        uint32[] memory accounts = new uint32[](3);
        (accounts[0], accounts[1], accounts[2]) = (worker, worker, worker);
        escrow.payout(accounts);
        vm.assertEq(usd.balanceOf(bob.addr), 5e6);
    }

    function test_payout_skips_it_and_pays_the_others() public {
        (BadToken bad, uint32[] memory workers) = earnBad();
        bad.behave(BadToken.Manner.Refuse, bob.addr);
        vm.expectEmit(address(escrow));
        emit IEscrow.PayoutRefused(workers[0], bob.addr, 4e6);
        escrow.payout(workers);
        vm.assertEq(earnedOf(workers[0]), 4e6);
        vm.assertEq(bad.balanceOf(stranger), 4e6);
        vm.assertEq(earnedOf(workers[1]), 0);
    }

    function test_payout_pays_it_later() public {
        (BadToken bad, uint32[] memory workers) = earnBad();
        bad.behave(BadToken.Manner.Refuse, bob.addr);
        escrow.payout(workers);
        bad.behave(BadToken.Manner.Good, address(0));
        escrow.payout(workers);
        vm.assertEq(bad.balanceOf(bob.addr), 4e6);
        vm.assertEq(bad.balanceOf(stranger), 4e6);
    }

    function test_payout_keeps_the_credit_and_pays_the_others() public {
        BadToken.Manner[5] memory manners = [
            BadToken.Manner.Lie, BadToken.Manner.Bomb, BadToken.Manner.Eat, BadToken.Manner.Odd, BadToken.Manner.Short
        ];
        (BadToken bad, uint32[] memory workers) = earnBad();
        uint256 start = vm.snapshotState();
        for (uint256 i; i < manners.length; ++i) {
            bad.behave(manners[i], bob.addr);
            uint256 before = gasleft();
            escrow.payout(workers);
            vm.assertLe(before - gasleft(), 700_000, "a payee makes the others' payment dear");
            vm.assertEq(earnedOf(workers[0]), 4e6);
            vm.assertEq(bad.balanceOf(bob.addr), 0);
            vm.assertEq(bad.balanceOf(stranger), 4e6);
            vm.revertToState(start);
        }
    }

    function test_payout_counts_as_paid() public {
        (BadToken bad, uint32[] memory workers) = earnBad();
        bad.behave(BadToken.Manner.Silent, address(0));
        escrow.payout(workers);
        vm.assertEq(bad.balanceOf(bob.addr), 4e6);
        vm.assertEq(earnedOf(workers[0]), 0);
    }

    function test_payout_cannot_be_entered_again() public {
        BadToken bad = useBadToken();
        Payee payee = new Payee();
        uint32 payer = fundBad(bad, alice.addr, 10e6);
        vm.prank(alice.addr);
        escrow.authorize(payer, 10e6);
        uint32 worker = escrow.open(address(payee));
        settle(entry(payer, 4e6), entry(worker, 4e6));
        bad.behave(BadToken.Manner.Hook, address(0));
        payee.onPayment(address(escrow), abi.encodeCall(Escrow.payout, (one(worker))));
        escrow.payout(one(worker));
        vm.assertTrue(payee.called());
        vm.assertFalse(payee.succeeded());
        vm.assertEq(bad.balanceOf(address(payee)), 4e6);
    }

    function test_payout_keeps_a_ceiling_that_was_raised_meanwhile() public {
        BadToken bad = useBadToken();
        Payee payee = new Payee();
        uint32 account = fundBad(bad, address(payee), 10e6);
        payee.act(address(escrow), abi.encodeCall(Escrow.authorize, (account, 5e6)));
        settle(entry(account, 4e6), entry(account, 4e6));
        bad.behave(BadToken.Manner.HookThenRefuse, address(0));
        payee.onPayment(address(escrow), abi.encodeCall(Escrow.authorize, (account, 8e6)));
        escrow.payout(one(account));
        vm.assertTrue(payee.succeeded());
        checkAccount(account, 6e6, 4e6, 8e6, 4e6);
    }

    function test_payout_never_touches_the_purse() public {
        uint32 account = purse(alice.addr, 10e6, 8e6);
        settle(entry(account, 3e6), entry(account, 3e6));
        escrow.payout(one(account));
        checkAccount(account, 7e6, 3e6, 8e6, 0);
        vm.assertEq(usd.balanceOf(alice.addr), 3e6);
    }

    // setLimit, halt

    function test_setLimit_refuses_whoever_lacks_the_role() public {
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, settler));
        vm.prank(settler);
        escrow.setLimit(1, 1);
    }

    function test_setLimit_sets_the_limit_and_tells() public {
        vm.recordLogs();
        limit(7, 8);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        // Scheduled, executed, set: AccessManager tells the first two.
        bool told;
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] == IEscrow.LimitSet.selector) told = logs[i].emitter == address(escrow);
        }
        vm.assertTrue(told);
        (uint64 rate, uint64 burst,,,) = escrow.limit();
        vm.assertEq(rate, 7);
        vm.assertEq(burst, 8);
    }

    function test_halt_refuses_whoever_lacks_the_role() public {
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, settler));
        vm.prank(settler);
        escrow.halt(0);
    }

    function test_halt_refuses_more_than_half_an_exit_delay() public {
        uint256 latest = vm.getBlockTimestamp() + Deployment.EXIT_DELAY / 2;
        vm.expectRevert(abi.encodeWithSelector(IEscrow.HaltTooLong.selector, latest + 1, latest));
        halt(uint32(latest + 1));
        vm.expectEmit(address(escrow));
        emit IEscrow.Halted(uint32(latest));
        halt(uint32(latest));
    }

    function test_halt_refuses_another_halt_before_as_long_a_pause() public {
        uint32 until = uint32(vm.getBlockTimestamp()) + 1 hours;
        halt(until);
        uint256 earliest = until + Deployment.EXIT_DELAY / 2;
        vm.warp(earliest - 1);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.HaltTooSoon.selector, earliest));
        halt(uint32(earliest));
    }

    function test_halt_halts_again_after_the_pause() public {
        uint32 until = uint32(vm.getBlockTimestamp()) + 1 hours;
        halt(until);
        vm.warp(until + Deployment.EXIT_DELAY / 2);
        halt(uint32(vm.getBlockTimestamp()) + 1 hours);
        (,,,, uint32 haltedUntil) = escrow.limit();
        vm.assertEq(haltedUntil, vm.getBlockTimestamp() + 1 hours);
    }

    function test_halt_refuses_to_prolong_a_running_halt() public {
        uint32 until = uint32(vm.getBlockTimestamp()) + 1 hours;
        halt(until);
        elapse(1);
        uint256 earliest = until + Deployment.EXIT_DELAY / 2;
        vm.expectRevert(abi.encodeWithSelector(IEscrow.HaltTooSoon.selector, earliest));
        halt(until + 1);
    }

    function test_halt_shortens_a_running_halt() public {
        uint32 account = purse(alice.addr, 10e6, 10e6);
        halt(uint32(vm.getBlockTimestamp()) + 1 hours);
        elapse(10);
        halt(0);
        settle(entry(account, 1), entry(account, 1));
    }

    function test_halt_cannot_shorten_away_the_pause() public {
        halt(uint32(vm.getBlockTimestamp()) + 1 hours);
        elapse(10);
        halt(0);
        uint256 earliest = vm.getBlockTimestamp() + Deployment.EXIT_DELAY / 2;
        elapse(1);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.HaltTooSoon.selector, earliest));
        halt(uint32(earliest));
    }

    function test_halt_does_not_let_a_debtor_run_it_out() public {
        uint32 account = purse(alice.addr, 10e6, 10e6);
        uint32 worker = escrow.open(bob.addr);
        announce(account, alice.addr, 10e6);
        halt(uint32(vm.getBlockTimestamp()) + Deployment.EXIT_DELAY / 2);
        elapse(Deployment.EXIT_DELAY / 2);
        // The longest halt is over, the shortest exit is not.
        settle(entry(account, 10e6), entry(worker, 10e6));
        vm.assertEq(earnedOf(worker), 10e6);
    }

    // words

    function checkAccount(uint32 account, uint64 balance, uint64 spent, uint64 authorized, uint64 earned) private view {
        (uint64 b, uint64 s, uint64 a, uint64 e) = escrow.accounts(account);
        vm.assertEq(b, balance, "balance");
        vm.assertEq(s, spent, "spent");
        vm.assertEq(a, authorized, "authorized");
        vm.assertEq(e, earned, "earned");
    }

    function overflow() private pure returns (bytes memory) {
        return abi.encodeWithSignature("Panic(uint256)", 0x11);
    }

    function refuseNotOwner(uint32 account, address caller) private {
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotOwner.selector, account, caller));
        vm.prank(caller);
    }

    function refuseSignature(uint32 account, uint64 amount, bytes memory signature) private {
        (address owner,,) = escrow.holders(account);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.BadSignature.selector, owner));
        escrow.authorizeFor(account, amount, type(uint256).max, signature);
    }

    function ceiling(uint256 secret, uint32 account, uint64 amount, uint256 deadline)
        private
        view
        returns (bytes memory)
    {
        return sign(secret, digest(address(escrow), Typed.ceiling(account, amount, deadline)));
    }

    function permit(Person memory p, uint256 amount, uint256 deadline)
        private
        view
        returns (uint8 v, bytes32 r, bytes32 s)
    {
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                p.addr,
                address(escrow),
                amount,
                usd.nonces(p.addr),
                deadline
            )
        );
        return vm.sign(p.ownerSecret, tokenDigest(structHash));
    }

    function authorization(Person memory p, uint256 amount, uint256 until)
        private
        view
        returns (uint8 v, bytes32 r, bytes32 s)
    {
        bytes32 structHash = keccak256(
            abi.encode(
                usd.RECEIVE_WITH_AUTHORIZATION_TYPEHASH(),
                p.addr,
                address(escrow),
                amount,
                uint256(0),
                until,
                bytes32("nonce")
            )
        );
        return vm.sign(p.ownerSecret, tokenDigest(structHash));
    }

    function tokenDigest(bytes32 structHash) private view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", usd.DOMAIN_SEPARATOR(), structHash));
    }

    function announce(uint32 account, address owner, uint64 amount) private {
        vm.prank(owner);
        escrow.announceExit(account, amount);
    }

    function move(uint32 account, address from, address to) private {
        vm.prank(from);
        escrow.offerAccount(account, to);
        vm.prank(to);
        escrow.acceptAccount(account);
    }

    function halt(uint32 until) private {
        vm.prank(guardian);
        escrow.halt(until);
    }

    function limit(uint64 rate, uint64 burst) private {
        bytes memory call_ = abi.encodeCall(Escrow.setLimit, (rate, burst));
        vm.startPrank(governance);
        system.manager.schedule(address(escrow), call_, uint48(vm.getBlockTimestamp() + Deployment.GOVERNOR_DELAY));
        vm.warp(vm.getBlockTimestamp() + Deployment.GOVERNOR_DELAY);
        system.manager.execute(address(escrow), call_);
        vm.stopPrank();
    }

    function earn(address worker, uint64 amount) private returns (uint32 account) {
        uint32 payer = purse(alice.addr, amount, authorizedOf(escrow.idOf(alice.addr)) + amount);
        account = escrow.open(worker);
        settle(entry(payer, amount), entry(account, amount));
    }

    function useBadToken() private returns (BadToken bad) {
        bad = new BadToken();
        system = deployWith(bad);
        escrow = system.escrow;
    }

    function fundBad(BadToken bad, address owner, uint64 amount) private returns (uint32) {
        bad.mint(address(this), amount);
        bad.approve(address(escrow), amount);
        return escrow.deposit(owner, amount);
    }

    /// @dev Bob and the stranger have earned 4 each, of a token that can misbehave.
    function earnBad() private returns (BadToken bad, uint32[] memory workers) {
        bad = useBadToken();
        uint32 payer = fundBad(bad, alice.addr, 10e6);
        vm.prank(alice.addr);
        escrow.authorize(payer, 10e6);
        workers = new uint32[](2);
        (workers[0], workers[1]) = (escrow.open(bob.addr), escrow.open(stranger));
        settle(entry(payer, 8e6), bytes.concat(entry(workers[0], 4e6), entry(workers[1], 4e6)));
    }
}
