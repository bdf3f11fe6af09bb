// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Stake} from "main/Stake.sol";
import {ICourt} from "main/interfaces/ICourt.sol";
import {IEscrow} from "main/interfaces/IEscrow.sol";
import {IStake} from "main/interfaces/IStake.sol";
import {Typed} from "main/libraries/Typed.sol";
import {ResultAttestation, SignedAttestation} from "main/types/Types.sol";
import {BadToken, Payee, Wallet} from "./support/BadTokens.sol";
import {Deployment} from "./support/Deployment.sol";
import {Fixture} from "./support/Fixture.sol";
import {vm} from "./support/Vm.sol";

/// @dev Calls the payer before it takes, as ERC-777 does.
contract EagerToken is BadToken {
    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        (bool ignored,) = from.call(abi.encodeCall(Payee.tokensReceived, (amount)));
        ignored;
        return super.transferFrom(from, to, amount);
    }
}

contract StakeTests is Fixture {
    Person private wanda; // a worker
    Person private walter; // another
    address private stranger;

    function setUp() public override {
        super.setUp();
        (wanda, walter, stranger) = (person("wanda"), person("walter"), person("stranger").addr);
    }

    // constructor

    function test_constructor_takes_the_token_of_the_escrow() public {
        vm.assertEq(address(new Stake(escrow, 14 days, address(this)).token()), address(usd));
        vm.assertEq(address(stake.escrow()), address(escrow));
    }

    function test_constructor_refuses_a_thaw_below_a_day_or_above_a_year() public {
        vm.assertEq(new Stake(escrow, 1 days, address(this)).thaw(), 1 days);
        vm.assertEq(new Stake(escrow, 365 days, address(this)).thaw(), 365 days);
        uint40[4] memory refused = [0, 1 days - 1, 365 days + 1, type(uint40).max];
        for (uint256 i; i < refused.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IStake.ThawOutOfRange.selector, refused[i]));
            new Stake(escrow, refused[i], address(this));
        }
    }

    // bond

    function test_bond_credits_the_worker_whoever_pays() public {
        usd.mint(stranger, 30e6);
        vm.startPrank(stranger);
        usd.approve(address(stake), 30e6);
        vm.expectEmit(address(stake));
        emit IStake.Bonded(wanda.addr, stranger, 10e6);
        stake.bond(wanda.addr, 10e6);
        stake.bond(wanda.addr, 20e6);
        vm.stopPrank();
        checkBond(wanda.addr, 30e6, 0, 0, 0);
        checkBond(stranger, 0, 0, 0, 0);
        vm.assertEq(stake.totalBonded(), 30e6);
        vm.assertEq(usd.balanceOf(address(stake)), 30e6);
    }

    function test_bond_refuses_a_token_that_keeps_a_fee() public {
        BadToken bad = useToken(new BadToken());
        bad.behave(BadToken.Manner.Fee, address(0));
        bad.mint(address(this), 10e6);
        bad.approve(address(stake), 10e6);
        vm.expectRevert(abi.encodeWithSelector(IStake.UnexpectedAmount.selector, 10e6, 9.9e6));
        stake.bond(wanda.addr, 10e6);
    }

    function test_bond_is_refused_by_the_token_without_an_allowance() public {
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(stake), 0, 10e6)
        );
        stake.bond(wanda.addr, 10e6);
    }

    function test_bond_refuses_more_than_can_be_counted() public {
        bond(wanda.addr, type(uint64).max - 5);
        usd.mint(address(this), 6);
        usd.approve(address(stake), 6);
        vm.expectRevert(abi.encodeWithSelector(IStake.TooMuch.selector, 6, 5));
        stake.bond(walter.addr, 6);
        stake.bond(walter.addr, 5);
        vm.assertEq(stake.totalBonded(), type(uint64).max);
    }

    function test_bond_refuses_what_would_overflow_the_pot_at_a_later_slash() public {
        bond(wanda.addr, type(uint64).max);
        collect(wanda.addr, type(uint64).max);
        vm.assertEq(stake.pot(), type(uint64).max);
        usd.mint(address(this), 1);
        usd.approve(address(stake), 1);
        vm.expectRevert(abi.encodeWithSelector(IStake.TooMuch.selector, 1, 0));
        stake.bond(wanda.addr, 1);
        // Awarded it is still here; only what has left makes room.
        award(insurance, type(uint64).max);
        vm.expectRevert(abi.encodeWithSelector(IStake.TooMuch.selector, 1, 0));
        stake.bond(wanda.addr, 1);
        stake.claim(insurance);
        stake.bond(wanda.addr, 1);
        vm.assertEq(collect(wanda.addr, 1), 1);
        award(insurance, 1);
    }

    function test_bond_counts_tokens_that_were_sent_past_it_for_nobody() public {
        usd.mint(address(stake), 7e6);
        bond(wanda.addr, 10e6);
        checkBond(wanda.addr, 10e6, 0, 0, 0);
        // Not even beyond what can be counted do they stop anyone from leaving.
        usd.mint(address(stake), type(uint64).max);
        usd.mint(address(this), 1);
        usd.approve(address(stake), 1);
        vm.expectRevert(abi.encodeWithSelector(IStake.TooMuch.selector, 1, 0));
        stake.bond(wanda.addr, 1);
        takeAll(wanda.addr);
        vm.assertEq(usd.balanceOf(wanda.addr), 10e6);
    }

    function test_bond_never_inherits_a_thaw() public {
        bond(wanda.addr, 10e6);
        unbond(wanda.addr, 10e6);
        uint256 readyAt = vm.getBlockTimestamp() + Deployment.THAW;
        elapse(1 days);
        bond(wanda.addr, 5e6);
        checkBond(wanda.addr, 15e6, 10e6, 0, readyAt);
        vm.assertEq(stake.activeOf(wanda.addr), 5e6);
        vm.warp(readyAt);
        // Nor one that is over.
        bond(wanda.addr, 5e6);
        vm.prank(wanda.addr);
        vm.assertEq(stake.withdraw(), 10e6);
        checkBond(wanda.addr, 10e6, 0, 0, readyAt);
        vm.assertEq(stake.activeOf(wanda.addr), 10e6);
        refuseNothing(wanda.addr);
        stake.withdraw();
    }

    function test_bond_by_a_stranger_griefs_nobody() public {
        bond(wanda.addr, 10e6);
        unbond(wanda.addr, 10e6);
        uint256 readyAt = vm.getBlockTimestamp() + Deployment.THAW;
        vm.warp(readyAt - 1);
        usd.mint(stranger, 3);
        vm.startPrank(stranger);
        usd.approve(address(stake), 3);
        stake.bond(wanda.addr, 1);
        stake.bond(wanda.addr, 0);
        vm.stopPrank();
        checkBond(wanda.addr, 10e6 + 1, 10e6, 0, readyAt);
        vm.warp(readyAt);
        vm.prank(wanda.addr);
        vm.assertEq(stake.withdraw(), 10e6);
        // What was given to her is hers.
        unbond(wanda.addr, 1);
        elapse(Deployment.THAW);
        vm.prank(wanda.addr);
        vm.assertEq(stake.withdraw(), 1);
    }

    function test_bond_never_resets_what_is_frozen() public {
        bond(wanda.addr, 10e6);
        freeze(wanda.addr, 10e6);
        bond(wanda.addr, 5e6);
        checkBond(wanda.addr, 15e6, 0, 10e6, 0);
        vm.assertEq(slash(wanda.addr, 12e6), 10e6);
    }

    function test_bond_cannot_be_entered_again() public {
        BadToken bad = useToken(new EagerToken());
        Payee payee = new Payee();
        bad.mint(address(payee), 20e6);
        payee.act(address(bad), abi.encodeCall(IERC20.approve, (address(stake), 20e6)));
        payee.onPayment(address(stake), abi.encodeCall(Stake.bond, (address(payee), 5e6)));
        payee.act(address(stake), abi.encodeCall(Stake.bond, (address(payee), 10e6)));
        vm.assertTrue(payee.called());
        vm.assertFalse(payee.succeeded());
        checkBond(address(payee), 10e6, 0, 0, 0);
        vm.assertEq(bad.balanceOf(address(stake)), 10e6);
    }

    // unbond

    function test_unbond_refuses_more_than_is_bonded() public {
        bond(wanda.addr, 10e6);
        vm.expectRevert(abi.encodeWithSelector(IStake.TooMuch.selector, 10e6 + 1, 10e6));
        vm.prank(wanda.addr);
        stake.unbond(10e6 + 1);
        vm.expectRevert(abi.encodeWithSelector(IStake.TooMuch.selector, type(uint64).max, 0));
        vm.prank(stranger);
        stake.unbond(type(uint64).max);
    }

    function test_unbond_starts_the_clock_and_tells() public {
        bond(wanda.addr, 10e6);
        uint40 readyAt = uint40(vm.getBlockTimestamp()) + Deployment.THAW;
        vm.expectEmit(address(stake));
        emit IStake.Thawing(wanda.addr, 4e6, readyAt);
        vm.prank(wanda.addr);
        stake.unbond(4e6);
        checkBond(wanda.addr, 10e6, 4e6, 0, readyAt);
        vm.assertEq(stake.activeOf(wanda.addr), 6e6);
    }

    function test_unbond_starts_the_clock_again_for_more() public {
        bond(wanda.addr, 10e6);
        unbond(wanda.addr, 4e6);
        elapse(Deployment.THAW);
        unbond(wanda.addr, 4e6 + 1);
        checkBond(wanda.addr, 10e6, 4e6 + 1, 0, vm.getBlockTimestamp() + Deployment.THAW);
    }

    function test_unbond_keeps_the_clock_for_as_much_or_less() public {
        bond(wanda.addr, 10e6);
        unbond(wanda.addr, 4e6);
        uint256 readyAt = vm.getBlockTimestamp() + Deployment.THAW;
        elapse(1 days);
        unbond(wanda.addr, 4e6);
        checkBond(wanda.addr, 10e6, 4e6, 0, readyAt);
        unbond(wanda.addr, 3e6);
        checkBond(wanda.addr, 10e6, 3e6, 0, readyAt);
        // Back to where it was is more again.
        unbond(wanda.addr, 4e6);
        checkBond(wanda.addr, 10e6, 4e6, 0, vm.getBlockTimestamp() + Deployment.THAW);
    }

    function test_unbond_stops_with_zero() public {
        bond(wanda.addr, 10e6);
        unbond(wanda.addr, 10e6);
        unbond(wanda.addr, 0);
        vm.assertEq(stake.activeOf(wanda.addr), 10e6);
        elapse(365 days);
        refuseNothing(wanda.addr);
        stake.withdraw();
    }

    function test_unbond_touches_the_bond_of_the_caller_only() public {
        bond(wanda.addr, 10e6);
        bond(walter.addr, 20e6);
        unbond(walter.addr, 15e6);
        checkBond(wanda.addr, 10e6, 0, 0, 0);
    }

    function test_unbond_cannot_outrun_a_freeze() public {
        bond(wanda.addr, 10e6);
        // It saw the evidence in the mempool and was first.
        unbond(wanda.addr, 10e6);
        elapse(Deployment.THAW - 1);
        vm.assertEq(freeze(wanda.addr, 10e6), 10e6);
        elapse(365 days);
        refuseNothing(wanda.addr);
        stake.withdraw();
        unbond(wanda.addr, 0);
        unbond(wanda.addr, 10e6);
        vm.assertEq(slash(wanda.addr, 10e6), 10e6);
    }

    function test_unbond_cannot_wrap_the_clock() public {
        Stake slow = new Stake(escrow, 365 days, address(system.manager));
        usd.mint(wanda.addr, 10e6);
        vm.startPrank(wanda.addr);
        usd.approve(address(slow), 10e6);
        slow.bond(wanda.addr, 10e6);
        // Past this no clock of 40 bits fits: refused, rather than ready at once.
        vm.warp(uint256(type(uint40).max) - 365 days + 1);
        vm.expectRevert(overflow());
        slow.unbond(10e6);
        vm.warp(uint256(type(uint40).max) - 365 days);
        slow.unbond(10e6);
        vm.assertEq(slow.bondOf(wanda.addr).readyAt, type(uint40).max);
        vm.expectRevert(abi.encodeWithSelector(IStake.NotReady.selector, type(uint40).max));
        slow.withdraw();
        vm.stopPrank();
    }

    // withdraw

    function test_withdraw_refuses_when_nothing_thaws() public {
        refuseNothing(wanda.addr);
        stake.withdraw();
        bond(wanda.addr, 10e6);
        refuseNothing(wanda.addr);
        stake.withdraw();
    }

    function test_withdraw_refuses_before_the_thaw_is_over() public {
        bond(wanda.addr, 10e6);
        unbond(wanda.addr, 10e6);
        uint256 readyAt = vm.getBlockTimestamp() + Deployment.THAW;
        vm.warp(readyAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IStake.NotReady.selector, readyAt));
        vm.prank(wanda.addr);
        stake.withdraw();
    }

    function test_withdraw_pays_what_has_thawed_and_tells() public {
        bond(wanda.addr, 10e6);
        bond(walter.addr, 10e6);
        unbond(wanda.addr, 4e6);
        elapse(Deployment.THAW);
        uint256 readyAt = vm.getBlockTimestamp();
        vm.expectEmit(address(stake));
        emit IStake.Withdrawn(wanda.addr, 4e6);
        vm.prank(wanda.addr);
        vm.assertEq(stake.withdraw(), 4e6);
        checkBond(wanda.addr, 6e6, 0, 0, readyAt);
        vm.assertEq(usd.balanceOf(wanda.addr), 4e6);
        vm.assertEq(usd.balanceOf(address(stake)), 16e6);
        vm.assertEq(stake.totalBonded(), 16e6);
        refuseNothing(wanda.addr);
        stake.withdraw();
    }

    function test_withdraw_refuses_when_all_that_thawed_is_frozen() public {
        bond(wanda.addr, 10e6);
        unbond(wanda.addr, 4e6);
        freeze(wanda.addr, 10e6);
        elapse(Deployment.THAW);
        refuseNothing(wanda.addr);
        stake.withdraw();
    }

    function test_withdraw_pays_what_is_free_and_the_rest_when_it_is_released() public {
        bond(wanda.addr, 10e6);
        unbond(wanda.addr, 10e6);
        freeze(wanda.addr, 3e6);
        elapse(Deployment.THAW);
        vm.prank(wanda.addr);
        vm.assertEq(stake.withdraw(), 7e6);
        release(wanda.addr, 3e6);
        vm.prank(wanda.addr);
        vm.assertEq(stake.withdraw(), 3e6);
        checkBond(wanda.addr, 0, 0, 0, vm.getBlockTimestamp());
    }

    function test_withdraw_pays_what_a_slash_has_left() public {
        bond(wanda.addr, 10e6);
        unbond(wanda.addr, 8e6);
        vm.assertEq(collect(wanda.addr, 6e6), 6e6);
        elapse(Deployment.THAW);
        vm.prank(wanda.addr);
        vm.assertEq(stake.withdraw(), 4e6);
        vm.assertEq(usd.balanceOf(wanda.addr), 4e6);
    }

    function test_withdraw_never_asks_the_token_to_transfer_nothing() public {
        BadToken bad = useToken(new BadToken());
        fund(bad, wanda.addr, 10e6);
        unbond(wanda.addr, 10e6);
        elapse(Deployment.THAW);
        collect(wanda.addr, 10e6);
        // Such a token reverts with its own words; here it is not even asked.
        bad.behave(BadToken.Manner.Refuse, address(0));
        refuseNothing(wanda.addr);
        stake.withdraw();
        refuseNothing(wanda.addr);
        stake.claim(wanda.addr);
    }

    function test_withdraw_cannot_be_entered_again() public {
        BadToken bad = useToken(new BadToken());
        Payee payee = new Payee();
        fund(bad, address(payee), 10e6);
        fund(bad, wanda.addr, 10e6);
        bad.behave(BadToken.Manner.Hook, address(0));
        unbond(address(payee), 10e6);
        elapse(Deployment.THAW);
        uint256 start = vm.snapshotState();
        bytes[3] memory again = [
            abi.encodeCall(Stake.withdraw, ()),
            abi.encodeCall(Stake.claim, (wanda.addr)),
            abi.encodeCall(Stake.bond, (address(payee), 0))
        ];
        for (uint256 i; i < again.length; ++i) {
            payee.onPayment(address(stake), again[i]);
            payee.act(address(stake), abi.encodeCall(Stake.withdraw, ()));
            vm.assertTrue(payee.called());
            vm.assertFalse(payee.succeeded());
            vm.assertEq(bad.balanceOf(address(payee)), 10e6);
            vm.assertEq(bad.balanceOf(address(stake)), 10e6);
            vm.revertToState(start);
        }
    }

    function test_withdraw_keeps_the_bond_while_the_token_refuses() public {
        BadToken.Manner[6] memory manners = [
            BadToken.Manner.Refuse,
            BadToken.Manner.Lie,
            BadToken.Manner.Bomb,
            BadToken.Manner.Eat,
            BadToken.Manner.Odd,
            BadToken.Manner.Short
        ];
        BadToken bad = useToken(new BadToken());
        fund(bad, wanda.addr, 10e6);
        fund(bad, walter.addr, 10e6);
        unbond(wanda.addr, 10e6);
        unbond(walter.addr, 10e6);
        elapse(Deployment.THAW);
        for (uint256 i; i < manners.length; ++i) {
            bad.behave(manners[i], wanda.addr);
            vm.prank(wanda.addr);
            (bool paid,) = address(stake).call{gas: 3_000_000}(abi.encodeCall(Stake.withdraw, ()));
            vm.assertFalse(paid, vm.toString(i));
            checkBond(wanda.addr, 10e6, 10e6, 0, vm.getBlockTimestamp());
        }
        // Nor does it keep anyone else, nor the Court.
        vm.prank(walter.addr);
        vm.assertEq(stake.withdraw(), 10e6);
        vm.assertEq(collect(wanda.addr, 4e6), 4e6);
        bad.behave(BadToken.Manner.Good, address(0));
        vm.prank(wanda.addr);
        vm.assertEq(stake.withdraw(), 6e6);
    }

    function test_withdraw_takes_no_answer_for_consent() public {
        BadToken bad = useToken(new BadToken());
        fund(bad, wanda.addr, 10e6);
        bad.behave(BadToken.Manner.Silent, address(0));
        takeAll(wanda.addr);
        vm.assertEq(bad.balanceOf(wanda.addr), 10e6);
    }

    // bindKey

    function test_bindKey_refuses_after_the_deadline() public {
        uint256 deadline = vm.getBlockTimestamp();
        bytes memory agreed = consent(wanda, deadline);
        elapse(1);
        vm.expectRevert(abi.encodeWithSelector(IStake.Expired.selector, deadline));
        vm.prank(wanda.addr);
        stake.bindKey(wanda.key, deadline, agreed);
        vm.warp(deadline);
        vm.prank(wanda.addr);
        stake.bindKey(wanda.key, deadline, agreed);
        vm.assertEq(stake.workerOf(wanda.key), wanda.addr);
    }

    function test_bindKey_binds_and_tells() public {
        bytes memory agreed = consent(wanda, type(uint256).max);
        vm.expectEmit(address(stake));
        emit IStake.KeyBound(wanda.addr, wanda.key);
        vm.prank(wanda.addr);
        stake.bindKey(wanda.key, type(uint256).max, agreed);
        (address worker, uint40 deadAt) = stake.keys(wanda.key);
        vm.assertEq(worker, wanda.addr);
        vm.assertEq(deadAt, 0);
        vm.assertEq(stake.workerOf(wanda.key), wanda.addr);
    }

    function test_bindKey_binds_many_keys_to_one_worker() public {
        enroll(wanda, 10e6);
        Person memory second = Person(wanda.addr, walter.key, walter.secret, wanda.ownerSecret);
        bind(second);
        vm.assertEq(stake.workerOf(wanda.key), wanda.addr);
        vm.assertEq(stake.workerOf(walter.key), wanda.addr);
    }

    function test_bindKey_refuses_a_key_that_has_an_owner() public {
        enroll(wanda, 10e6);
        bytes memory agreed = consent(wanda, type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(IStake.KeyTaken.selector, wanda.key, wanda.addr));
        vm.prank(wanda.addr);
        stake.bindKey(wanda.key, type(uint256).max, agreed);
    }

    function test_bindKey_keeps_a_key_with_one_worker_for_ever() public {
        enroll(wanda, 10e6);
        vm.prank(wanda.addr);
        stake.revokeKey(wanda.key);
        elapse(Deployment.THAW + 365 days);
        vm.assertEq(stake.workerOf(wanda.key), address(0));
        // The key itself agrees, yet what it signed long ago would become another's.
        bytes memory agreed =
            sign(wanda.secret, digest(address(stake), Typed.sessionKey(walter.addr, wanda.key, type(uint256).max)));
        vm.expectRevert(abi.encodeWithSelector(IStake.KeyTaken.selector, wanda.key, wanda.addr));
        vm.prank(walter.addr);
        stake.bindKey(wanda.key, type(uint256).max, agreed);
        agreed = consent(wanda, type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(IStake.KeyTaken.selector, wanda.key, wanda.addr));
        vm.prank(wanda.addr);
        stake.bindKey(wanda.key, type(uint256).max, agreed);
    }

    function test_bindKey_refuses_without_the_consent_of_the_key() public {
        bytes32 structHash = Typed.sessionKey(walter.addr, wanda.key, type(uint256).max);
        // Walter claims wanda's key, to be slashed in its stead or to take it from her.
        refuseConsent(walter.addr, wanda.key, sign(walter.secret, digest(address(stake), structHash)));
        refuseConsent(walter.addr, wanda.key, sign(walter.ownerSecret, digest(address(stake), structHash)));
    }

    function test_bindKey_refuses_a_consent_to_another_owner() public {
        refuseConsent(walter.addr, wanda.key, consent(wanda, type(uint256).max));
    }

    function test_bindKey_refuses_a_consent_to_another_deadline() public {
        refuseConsent(wanda.addr, wanda.key, consent(wanda, type(uint256).max - 1));
    }

    function test_bindKey_refuses_a_malleated_signature() public {
        refuseConsent(wanda.addr, wanda.key, malleate(consent(wanda, type(uint256).max)));
    }

    function test_bindKey_refuses_a_short_signature_and_a_zero_signer() public {
        refuseConsent(wanda.addr, wanda.key, "");
        refuseConsent(wanda.addr, wanda.key, new bytes(64));
        refuseConsent(wanda.addr, address(0), new bytes(65));
        refuseConsent(wanda.addr, address(0), abi.encodePacked(bytes32(0), bytes32(0), uint8(27)));
    }

    function test_bindKey_refuses_the_signature_for_another_contract() public {
        bytes32 structHash = Typed.sessionKey(wanda.addr, wanda.key, type(uint256).max);
        refuseConsent(wanda.addr, wanda.key, sign(wanda.secret, digest(address(court), structHash)));
    }

    function test_bindKey_refuses_the_signature_for_another_chain() public {
        bytes memory here = consent(wanda, type(uint256).max);
        vm.chainId(5);
        refuseConsent(wanda.addr, wanda.key, here);
        bind(wanda);
        vm.assertEq(stake.workerOf(wanda.key), wanda.addr);
    }

    function test_bindKey_never_asks_a_wallet_contract() public {
        // It could change its mind about what it attested.
        refuseConsent(wanda.addr, address(new Wallet(Wallet.Manner.Accept)), "anything");
    }

    function test_bindKey_takes_a_key_that_gained_code() public {
        // EIP-7702: it signs as before.
        vm.etch(wanda.key, hex"00");
        bind(wanda);
        vm.assertEq(stake.workerOf(wanda.key), wanda.addr);
    }

    // revokeKey

    function test_revokeKey_refuses_whoever_is_not_its_worker() public {
        enroll(wanda, 10e6);
        vm.expectRevert(abi.encodeWithSelector(IStake.NotYourKey.selector, wanda.key, walter.addr));
        vm.prank(walter.addr);
        stake.revokeKey(wanda.key);
        vm.expectRevert(abi.encodeWithSelector(IStake.NotYourKey.selector, wanda.key, wanda.key));
        vm.prank(wanda.key);
        stake.revokeKey(wanda.key);
        vm.expectRevert(abi.encodeWithSelector(IStake.NotYourKey.selector, walter.key, walter.addr));
        vm.prank(walter.addr);
        stake.revokeKey(walter.key);
    }

    function test_revokeKey_ends_the_key_one_thaw_later_and_tells() public {
        enroll(wanda, 10e6);
        uint40 deadAt = uint40(vm.getBlockTimestamp()) + Deployment.THAW;
        vm.expectEmit(address(stake));
        emit IStake.KeyRevoked(wanda.addr, wanda.key, deadAt);
        vm.prank(wanda.addr);
        stake.revokeKey(wanda.key);
        vm.warp(deadAt - 1);
        vm.assertEq(stake.workerOf(wanda.key), wanda.addr);
        vm.warp(deadAt);
        vm.assertEq(stake.workerOf(wanda.key), address(0));
    }

    function test_revokeKey_refuses_a_second_time() public {
        enroll(wanda, 10e6);
        uint256 deadAt = vm.getBlockTimestamp() + Deployment.THAW;
        vm.prank(wanda.addr);
        stake.revokeKey(wanda.key);
        elapse(1 days);
        vm.expectRevert(abi.encodeWithSelector(IStake.KeyAlreadyRevoked.selector, wanda.key, deadAt));
        vm.prank(wanda.addr);
        stake.revokeKey(wanda.key);
    }

    function test_revokeKey_leaves_the_key_answerable_for_one_thaw() public {
        enroll(wanda, 10e6);
        vm.prank(wanda.addr);
        stake.revokeKey(wanda.key);
        elapse(Deployment.THAW - 1);
        uint256 start = vm.snapshotState();
        (SignedAttestation memory a, SignedAttestation memory b) = contradiction();
        court.contradiction(a, b);
        checkBond(wanda.addr, 0, 0, 0, 0);
        vm.revertToState(start);
        elapse(1);
        vm.expectRevert(abi.encodeWithSelector(ICourt.WrongSigner.selector, wanda.addr));
        court.contradiction(a, b);
        checkBond(wanda.addr, 10e6, 0, 0, 0);
    }

    // claim

    function test_claim_refuses_when_nothing_was_awarded() public {
        refuseNothing(stranger);
        stake.claim(stranger);
    }

    function test_claim_pays_whoever_calls_and_tells() public {
        awarded(walter.addr, 4e6);
        vm.expectEmit(address(stake));
        emit IStake.Claimed(walter.addr, 4e6);
        vm.prank(stranger);
        vm.assertEq(stake.claim(walter.addr), 4e6);
        vm.assertEq(usd.balanceOf(walter.addr), 4e6);
        vm.assertEq(usd.balanceOf(stranger), 0);
        vm.assertEq(stake.claimable(walter.addr), 0);
        refuseNothing(walter.addr);
        stake.claim(walter.addr);
    }

    function test_claim_brings_compensation_into_the_purse_whoever_calls() public {
        bond(wanda.addr, 10e6);
        collect(wanda.addr, 10e6);
        compensate(stranger, 3e6);
        compensate(stranger, 1e6);
        uint32 account = escrow.count() + 1;
        vm.expectEmit(address(stake));
        emit IStake.Claimed(stranger, 4e6);
        vm.expectEmit(address(escrow));
        emit IEscrow.Opened(account, stranger);
        vm.expectEmit(address(escrow));
        emit IEscrow.Deposited(account, address(stake), 4e6);
        vm.prank(walter.addr);
        vm.assertEq(stake.claim(stranger), 4e6);
        vm.assertEq(balanceOf(account), 4e6);
        vm.assertEq(usd.balanceOf(stranger), 0);
        vm.assertEq(usd.allowance(address(stake), address(escrow)), 0);
        vm.assertEq(stake.claimable(stranger), 0);
        refuseNothing(stranger);
        stake.claim(stranger);
        // It is the stranger's own.
        vm.startPrank(stranger);
        escrow.announceExit(account, 4e6);
        elapse(Deployment.EXIT_DELAY);
        vm.assertEq(escrow.exit(account), 4e6);
        vm.stopPrank();
    }

    function test_claim_pays_a_reward_to_the_wallet_and_compensation_into_the_purse() public {
        uint32 account = purse(walter.addr, 1e6, 1e6);
        awarded(walter.addr, 4e6);
        bond(wanda.addr, 3e6);
        collect(wanda.addr, 3e6);
        compensate(walter.addr, 3e6);
        vm.assertEq(stake.claimable(walter.addr), 7e6);
        vm.assertEq(stake.claim(walter.addr), 7e6);
        vm.assertEq(usd.balanceOf(walter.addr), 4e6);
        vm.assertEq(balanceOf(account), 4e6);
        vm.assertEq(usd.balanceOf(address(stake)), 0);
    }

    function test_claim_of_compensation_keeps_it_while_the_token_takes_a_fee() public {
        BadToken bad = useToken(new BadToken());
        fund(bad, wanda.addr, 10e6);
        collect(wanda.addr, 10e6);
        compensate(stranger, 10e6);
        bad.behave(BadToken.Manner.Fee, address(0));
        vm.expectRevert(abi.encodeWithSelector(IEscrow.UnexpectedAmount.selector, 10e6, 9.9e6));
        stake.claim(stranger);
        bad.behave(BadToken.Manner.Good, address(0));
        vm.assertEq(stake.claim(stranger), 10e6);
    }

    function test_claim_of_one_whom_the_token_refuses_keeps_nobody_else() public {
        BadToken bad = useToken(new BadToken());
        fund(bad, wanda.addr, 10e6);
        bad.behave(BadToken.Manner.Refuse, walter.addr);
        // The slash and the award do not ask the token, so its list cannot block them.
        vm.assertEq(collect(wanda.addr, 10e6), 10e6);
        vm.assertEq(award(walter.addr, 4e6), 4e6);
        vm.assertEq(award(stranger, 6e6), 6e6);
        vm.expectRevert(abi.encodeWithSignature("Error(string)", "unwanted"));
        stake.claim(walter.addr);
        vm.assertEq(stake.claim(stranger), 6e6);
        vm.assertEq(stake.claimable(walter.addr), 4e6);
        bad.behave(BadToken.Manner.Lie, walter.addr);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, bad));
        stake.claim(walter.addr);
        bad.behave(BadToken.Manner.Good, address(0));
        vm.assertEq(stake.claim(walter.addr), 4e6);
    }

    function test_claim_cannot_be_entered_again() public {
        BadToken bad = useToken(new BadToken());
        Payee payee = new Payee();
        fund(bad, wanda.addr, 20e6);
        collect(wanda.addr, 10e6);
        award(address(payee), 4e6);
        award(stranger, 6e6);
        bad.behave(BadToken.Manner.Hook, address(0));
        payee.onPayment(address(stake), abi.encodeCall(Stake.claim, (stranger)));
        stake.claim(address(payee));
        vm.assertTrue(payee.called());
        vm.assertFalse(payee.succeeded());
        vm.assertEq(stake.claimable(stranger), 6e6);
        vm.assertEq(bad.balanceOf(address(payee)), 4e6);
    }

    // freeze

    function test_freeze_refuses_whoever_is_not_the_Court() public {
        refuseAll(abi.encodeCall(Stake.freeze, (wanda.addr, 1)));
    }

    function test_freeze_holds_and_tells() public {
        bond(wanda.addr, 10e6);
        vm.expectEmit(address(stake));
        emit IStake.Frozen(wanda.addr, 4e6);
        vm.assertEq(freeze(wanda.addr, 4e6), 4e6);
        checkBond(wanda.addr, 10e6, 0, 4e6, 0);
        vm.assertEq(stake.activeOf(wanda.addr), 6e6);
        vm.assertEq(stake.totalBonded(), 10e6);
    }

    function test_freeze_takes_what_there_is() public {
        bond(wanda.addr, 10e6);
        freeze(wanda.addr, 4e6);
        vm.assertEq(freeze(wanda.addr, type(uint64).max), 6e6);
        vm.assertEq(freeze(wanda.addr, 1), 0);
        vm.assertEq(freeze(stranger, 1), 0);
        checkBond(wanda.addr, 10e6, 0, 10e6, 0);
    }

    function test_freeze_reaches_what_thaws() public {
        bond(wanda.addr, 10e6);
        unbond(wanda.addr, 10e6);
        elapse(Deployment.THAW);
        // Ready and not yet withdrawn: still here, still at stake.
        vm.assertEq(freeze(wanda.addr, 10e6), 10e6);
        vm.assertEq(stake.activeOf(wanda.addr), 0);
    }

    // release

    function test_release_refuses_whoever_is_not_the_Court() public {
        refuseAll(abi.encodeCall(Stake.release, (wanda.addr, 1)));
    }

    function test_release_frees_and_tells() public {
        bond(wanda.addr, 10e6);
        freeze(wanda.addr, 10e6);
        vm.expectEmit(address(stake));
        emit IStake.Released(wanda.addr, 4e6);
        vm.assertEq(release(wanda.addr, 4e6), 4e6);
        checkBond(wanda.addr, 10e6, 0, 6e6, 0);
    }

    function test_release_takes_what_there_is() public {
        bond(wanda.addr, 10e6);
        freeze(wanda.addr, 4e6);
        vm.assertEq(release(wanda.addr, type(uint64).max), 4e6);
        vm.assertEq(release(wanda.addr, 1), 0);
        vm.assertEq(release(stranger, 1), 0);
        checkBond(wanda.addr, 10e6, 0, 0, 0);
    }

    // slash

    function test_slash_refuses_whoever_is_not_the_Court() public {
        refuseAll(abi.encodeCall(Stake.slash, (wanda.addr, 1)));
    }

    function test_slash_moves_frozen_stake_to_the_pot_and_tells() public {
        bond(wanda.addr, 10e6);
        bond(walter.addr, 10e6);
        freeze(wanda.addr, 6e6);
        vm.expectEmit(address(stake));
        emit IStake.Slashed(wanda.addr, 4e6);
        vm.assertEq(slash(wanda.addr, 4e6), 4e6);
        checkBond(wanda.addr, 6e6, 0, 2e6, 0);
        checkBond(walter.addr, 10e6, 0, 0, 0);
        vm.assertEq(stake.pot(), 4e6);
        vm.assertEq(stake.totalBonded(), 16e6);
        vm.assertEq(usd.balanceOf(address(stake)), 20e6);
    }

    function test_slash_of_more_than_there_is_takes_the_rest() public {
        bond(wanda.addr, 10e6);
        freeze(wanda.addr, type(uint64).max);
        vm.assertEq(slash(wanda.addr, type(uint64).max), 10e6);
        vm.assertEq(slash(wanda.addr, 1), 0);
        vm.assertEq(slash(stranger, 1), 0);
        vm.assertEq(stake.pot(), 10e6);
    }

    function test_slash_takes_nothing_that_is_not_frozen() public {
        bond(wanda.addr, 10e6);
        vm.assertEq(slash(wanda.addr, 10e6), 0);
        checkBond(wanda.addr, 10e6, 0, 0, 0);
    }

    function test_slash_when_all_is_thawing_takes_it() public {
        bond(wanda.addr, 10e6);
        unbond(wanda.addr, 10e6);
        vm.assertEq(collect(wanda.addr, 10e6), 10e6);
        checkBond(wanda.addr, 0, 0, 0, vm.getBlockTimestamp() + Deployment.THAW);
        // And who returns begins with nothing thawing.
        bond(wanda.addr, 5e6);
        vm.assertEq(stake.activeOf(wanda.addr), 5e6);
    }

    function test_slash_never_lets_more_thaw_than_is_bonded() public {
        bond(wanda.addr, 10e6);
        unbond(wanda.addr, 8e6);
        uint256 readyAt = vm.getBlockTimestamp() + Deployment.THAW;
        collect(wanda.addr, 1e6);
        checkBond(wanda.addr, 9e6, 8e6, 0, readyAt);
        collect(wanda.addr, 4e6);
        checkBond(wanda.addr, 5e6, 5e6, 0, readyAt);
    }

    function test_slash_keeps_its_teeth_when_repeated() public {
        bond(wanda.addr, 10e6);
        // An amount, not a share of what is left: the tenth bites as the first, and then nothing is left.
        for (uint256 i; i < 10; ++i) {
            vm.assertEq(collect(wanda.addr, 1e6), 1e6);
        }
        vm.assertEq(bondedOf(wanda.addr), 0);
        vm.assertEq(collect(wanda.addr, 1e6), 0);
        vm.assertEq(stake.pot(), 10e6);
    }

    function test_slash_of_the_least_amount_takes_it() public {
        bond(wanda.addr, 10e6);
        vm.assertEq(collect(wanda.addr, 1), 1);
        vm.assertEq(bondedOf(wanda.addr), 10e6 - 1);
        vm.assertEq(stake.pot(), 1);
    }

    function test_slash_of_two_cases_takes_each_amount_once() public {
        bond(wanda.addr, 10e6);
        freeze(wanda.addr, 4e6);
        freeze(wanda.addr, 5e6);
        slash(wanda.addr, 4e6);
        release(wanda.addr, 5e6);
        checkBond(wanda.addr, 6e6, 0, 0, 0);
        vm.assertEq(stake.pot(), 4e6);
    }

    function test_slash_does_not_ask_the_token() public {
        BadToken bad = useToken(new BadToken());
        fund(bad, wanda.addr, 10e6);
        for (uint8 m = uint8(BadToken.Manner.Refuse); m <= uint8(BadToken.Manner.HookThenRefuse); ++m) {
            bad.behave(BadToken.Manner(m), address(0));
            vm.assertEq(collect(wanda.addr, 1), 1);
            vm.assertEq(award(walter.addr, 1), 1);
        }
    }

    function testFuzz_slash_reverts_for_no_amount(uint64 bonded, uint64 thawing, uint64 frozen, uint64 asked) public {
        bond(wanda.addr, bonded);
        thawing = bound64(thawing, 0, bonded);
        if (thawing != 0) unbond(wanda.addr, thawing);
        freeze(wanda.addr, frozen);
        uint64 held = frozenOf(wanda.addr);
        vm.assertEq(held, frozen < bonded ? frozen : bonded);
        uint64 taken = slash(wanda.addr, asked);
        vm.assertEq(taken, asked < held ? asked : held);
        IStake.Bond memory b = stake.bondOf(wanda.addr);
        vm.assertEq(b.bonded, bonded - taken);
        vm.assertEq(b.frozen, held - taken);
        vm.assertEq(b.thawing, thawing < b.bonded ? thawing : b.bonded);
        vm.assertEq(stake.pot(), taken);
        vm.assertEq(stake.totalBonded(), b.bonded);
        uint64 claimable = award(stranger, asked);
        vm.assertEq(claimable, taken);
        vm.assertEq(stake.pot(), 0);
    }

    // award

    function test_award_refuses_whoever_is_not_the_Court() public {
        refuseAll(abi.encodeCall(Stake.award, (wanda.addr, 1, false)));
        refuseAll(abi.encodeCall(Stake.award, (wanda.addr, 1, true)));
    }

    function test_award_adds_to_what_can_be_claimed_and_tells() public {
        bond(wanda.addr, 10e6);
        collect(wanda.addr, 10e6);
        vm.expectEmit(address(stake));
        emit IStake.Awarded(walter.addr, 4e6);
        vm.assertEq(award(walter.addr, 4e6), 4e6);
        vm.assertEq(award(walter.addr, 1e6), 1e6);
        vm.assertEq(stake.claimable(walter.addr), 5e6);
        vm.assertEq(stake.pot(), 5e6);
    }

    function test_award_of_more_than_the_pot_gives_the_rest() public {
        bond(wanda.addr, 10e6);
        bond(walter.addr, 10e6);
        collect(wanda.addr, 10e6);
        vm.assertEq(award(stranger, type(uint64).max), 10e6);
        vm.assertEq(award(stranger, 1), 0);
        // What is bonded is no part of the pot.
        vm.assertEq(stake.claim(stranger), 10e6);
        checkBond(walter.addr, 10e6, 0, 0, 0);
    }

    // activeOf, workerOf

    function test_activeOf_is_what_neither_thaws_nor_is_frozen() public {
        vm.assertEq(stake.activeOf(wanda.addr), 0);
        bond(wanda.addr, 10e6);
        unbond(wanda.addr, 3e6);
        freeze(wanda.addr, 2e6);
        vm.assertEq(stake.activeOf(wanda.addr), 5e6);
    }

    function test_activeOf_is_nothing_when_thawing_and_frozen_overlap() public {
        bond(wanda.addr, type(uint64).max);
        unbond(wanda.addr, type(uint64).max);
        freeze(wanda.addr, type(uint64).max);
        vm.assertEq(stake.activeOf(wanda.addr), 0);
    }

    function test_workerOf_a_key_that_nobody_bound_is_nobody() public view {
        vm.assertEq(stake.workerOf(wanda.key), address(0));
        vm.assertEq(stake.workerOf(address(0)), address(0));
    }

    // words

    function checkBond(address worker, uint64 bonded, uint64 thawing, uint64 frozen, uint256 readyAt) private view {
        IStake.Bond memory b = stake.bondOf(worker);
        vm.assertEq(b.bonded, bonded, "bonded");
        vm.assertEq(b.thawing, thawing, "thawing");
        vm.assertEq(b.frozen, frozen, "frozen");
        vm.assertEq(b.readyAt, readyAt, "readyAt");
    }

    function overflow() private pure returns (bytes memory) {
        return abi.encodeWithSignature("Panic(uint256)", 0x11);
    }

    function refuseNothing(address worker) private {
        vm.expectRevert(abi.encodeWithSelector(IStake.NothingToWithdraw.selector, worker));
        vm.prank(worker);
    }

    function refuseConsent(address owner, address key, bytes memory agreed) private {
        vm.expectRevert(abi.encodeWithSelector(IStake.BadSignature.selector, key));
        vm.prank(owner);
        stake.bindKey(key, type(uint256).max, agreed);
    }

    /// @dev Everybody but the Court, all who hold another role included.
    function refuseAll(bytes memory call_) private {
        address[9] memory callers =
            [stranger, wanda.addr, address(this), operator.addr, settler, arbiter, guardian, insurance, address(stake)];
        for (uint256 i; i < callers.length; ++i) {
            refuse(
                callers[i], abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, callers[i]), call_
            );
        }
        refuse(governance, abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, governance), call_);
    }

    function refuse(address caller, bytes memory why, bytes memory call_) private {
        vm.prank(caller);
        (bool done, bytes memory answer) = address(stake).call(call_);
        vm.assertFalse(done);
        vm.assertEq(keccak256(answer), keccak256(why));
    }

    function unbond(address worker, uint64 amount) private {
        vm.prank(worker);
        stake.unbond(amount);
    }

    function takeAll(address worker) private {
        unbond(worker, bondedOf(worker));
        elapse(Deployment.THAW);
        vm.prank(worker);
        stake.withdraw();
    }

    function bind(Person memory p) private {
        bytes memory agreed = consent(p, type(uint256).max);
        vm.prank(p.addr);
        stake.bindKey(p.key, type(uint256).max, agreed);
    }

    function freeze(address worker, uint64 amount) private returns (uint64) {
        vm.prank(address(court));
        return stake.freeze(worker, amount);
    }

    function release(address worker, uint64 amount) private returns (uint64) {
        vm.prank(address(court));
        return stake.release(worker, amount);
    }

    function slash(address worker, uint64 amount) private returns (uint64) {
        vm.prank(address(court));
        return stake.slash(worker, amount);
    }

    /// @dev Freezes and slashes, as the Court does.
    function collect(address worker, uint64 amount) private returns (uint64) {
        return slash(worker, freeze(worker, amount));
    }

    function award(address to, uint64 amount) private returns (uint64) {
        vm.prank(address(court));
        return stake.award(to, amount, false);
    }

    function compensate(address to, uint64 amount) private returns (uint64) {
        vm.prank(address(court));
        return stake.award(to, amount, true);
    }

    function awarded(address to, uint64 amount) private {
        bond(wanda.addr, amount);
        collect(wanda.addr, amount);
        award(to, amount);
    }

    function useToken(BadToken token) private returns (BadToken) {
        system = deployWith(token);
        (escrow, stake, court) = (system.escrow, system.stake, system.court);
        return token;
    }

    function fund(BadToken bad, address worker, uint64 amount) private {
        bad.mint(address(this), amount);
        bad.approve(address(stake), amount);
        stake.bond(worker, amount);
    }

    /// @dev Two claims of wanda about one attempt.
    function contradiction() private view returns (SignedAttestation memory a, SignedAttestation memory b) {
        ResultAttestation memory said;
        (said.jobId, said.worker) = ("job", wanda.addr);
        a = signed(said);
        said.outputCommitment = "another output";
        b = signed(said);
    }

    function signed(ResultAttestation memory said) private view returns (SignedAttestation memory s) {
        s.attestation = abi.decode(abi.encode(said), (ResultAttestation));
        s.signature = sign(wanda.secret, court.attestationDigest(said));
    }
}
