// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Escrow} from "main/Escrow.sol";
import {IEscrow} from "main/interfaces/IEscrow.sol";
import {Typed} from "main/libraries/Typed.sol";
import {Deployment} from "../support/Deployment.sol";
import {Handler} from "./Handler.sol";

/// @dev Requesters, workers, the operator, the guardian and strangers at the Escrow, and a second set of books.
contract EscrowHandler is Handler {
    uint256 public constant PARTIES = 4;
    uint64 private constant MOST = 100e6;

    /// @dev What the account must be by all that happened.
    struct Book {
        uint64 balance;
        uint64 spent;
        uint64 signed; // the highest ceiling that the owner gave
        uint64 earned;
        uint64 leaving;
        uint32 readyAt;
    }

    struct Applied {
        bytes32 parent;
        bytes32 root;
        bytes debits;
        bytes credits;
    }

    struct Draft {
        bytes32 root;
        bytes debits;
        bytes credits;
        uint64[PARTIES + 1] debit; // as far as there is room
        uint64[PARTIES + 1] credit;
        uint64 taken;
        uint64 fee;
    }

    Person[PARTIES] private people;
    Book[PARTIES + 1] private books; // by account, 0 is the treasury
    Applied[] private batches;
    mapping(bytes32 head => uint256) private times;

    uint64[2 * PARTIES] private floors; // spent and authorized of each, as remembered

    uint256 public deposited;
    uint256 public left;
    uint256 public forced;
    /// @dev How often the most often applied batch was applied.
    uint256 public most;
    bytes32 public head;
    uint32 public haltedUntil;

    constructor(Deployment.System memory s) Handler(s) {
        string[PARTIES] memory names = ["ada", "ben", "cleo", "dan"];
        for (uint256 i; i < PARTIES; ++i) {
            people[i] = person(names[i]);
            require(s.escrow.open(people[i].addr) == i + 1, "accounts are numbered from one");
            approve(people[i].addr, address(escrow));
        }
        head = s.escrow.head();
    }

    /// @dev All at once: each call of another contract costs more than what it does.
    function all()
        external
        view
        returns (Book[PARTIES + 1] memory, uint64[2 * PARTIES] memory, address[PARTIES + 1] memory owners)
    {
        for (uint256 account; account <= PARTIES; ++account) {
            owners[account] = ownerOf(account);
        }
        return (books, floors, owners);
    }

    function ownerOf(uint256 account) public view returns (address) {
        return account == 0 ? offices.treasury : people[account - 1].addr;
    }

    function applied() external view returns (uint256) {
        return batches.length;
    }

    /// @dev Keeps the counters of now, so that any later time can be held against them.
    function remember() external {
        for (uint256 i; i < PARTIES; ++i) {
            (, floors[2 * i], floors[2 * i + 1],) = escrow.accounts(uint32(i + 1));
        }
    }

    // requesters

    function deposit(uint256 seed, uint64 amount) external {
        (uint256 account, address payer) = (party(seed), ownerOf(party(seed >> 8)));
        amount = bound64(amount, 0, MOST);
        token.mint(payer, amount);
        must(payer, address(escrow), abi.encodeCall(Escrow.deposit, (ownerOf(account), amount)));
        books[account].balance += amount;
        deposited += amount;
    }

    function authorize(uint256 seed, uint64 more) external {
        uint256 account = party(seed);
        uint64 before = books[account].signed;
        // A ceiling falls, stays or rises.
        uint64 ceiling = bound64(more, before < 10e6 ? 0 : before - 10e6, before + MOST);
        bytes memory why = ceiling > before ? bytes("") : notRaised(ceiling, before);
        bytes memory call_ = abi.encodeCall(Escrow.authorize, (uint32(account), ceiling));
        if (expected(ownerOf(account), address(escrow), call_, why)) books[account].signed = ceiling;
    }

    /// @dev Relayed; one in two signatures is another's or for another amount.
    function authorizeFor(uint256 seed, uint64 more) external {
        uint256 account = party(seed);
        uint64 before = books[account].signed;
        uint64 ceiling = bound64(more, before, before + MOST);
        uint256 how = seed >> 8 & 3;
        bytes memory why;
        if (how > 1) why = abi.encodeWithSelector(IEscrow.BadSignature.selector, ownerOf(account));
        else if (ceiling == before) why = notRaised(ceiling, before);
        bytes memory call_ = relayed(account, ceiling, how);
        if (expected(offices.deployer, address(escrow), call_, why)) books[account].signed = ceiling;
    }

    function relayed(uint256 account, uint64 ceiling, uint256 how) private view returns (bytes memory) {
        uint256 signer = how == 2 ? account % PARTIES : account - 1;
        bytes32 structHash = Typed.ceiling(uint32(account), how == 3 ? ceiling + 1 : ceiling, type(uint256).max);
        bytes memory signature = sign(people[signer].ownerSecret, digest(address(escrow), structHash));
        return abi.encodeCall(Escrow.authorizeFor, (uint32(account), ceiling, type(uint256).max, signature));
    }

    function announceExit(uint256 seed, uint64 amount) external {
        uint256 account = party(seed);
        amount = seed >> 8 & 7 == 0 ? type(uint64).max : bound64(amount, 0, MOST);
        must(ownerOf(account), address(escrow), abi.encodeCall(Escrow.announceExit, (uint32(account), amount)));
        books[account].leaving = amount;
        books[account].readyAt = amount == 0 ? 0 : uint32(block.timestamp) + Deployment.EXIT_DELAY;
    }

    function exit(uint256 seed) external {
        uint256 account = party(seed);
        Book storage b = books[account];
        uint64 amount = b.leaving < b.balance ? b.leaving : b.balance;
        bytes memory call_ = abi.encodeCall(Escrow.exit, (uint32(account)));
        if (b.leaving != 0 && block.timestamp >= b.readyAt && amount != 0 && unwanted(ownerOf(account))) {
            refused(ownerOf(account), address(escrow), call_, "");
            return;
        }
        bytes memory why;
        if (b.leaving == 0) why = abi.encodeWithSelector(IEscrow.NothingAnnounced.selector, account);
        else if (block.timestamp < b.readyAt) why = abi.encodeWithSelector(IEscrow.NotReady.selector, b.readyAt);
        if (!expected(ownerOf(account), address(escrow), call_, why)) return;
        (b.leaving, b.readyAt, b.balance) = (0, 0, b.balance - amount);
        left += amount;
    }

    // operator

    /// @dev One to four pay, one to four earn; some batches want more than they may.
    function settle(uint256 seed) external {
        Draft memory d;
        collect(d, seed);
        uint256 how = seed >> 8 & 15;
        d.fee = how == 0 ? d.taken / 5 + 1 : uint64(uint256(d.taken) * (seed >> 96 & 2047) / 10_240);
        if (d.fee > d.taken) d.fee = d.taken;
        share(d, seed >> 128, how == 1 ? d.taken + 1 : d.taken - d.fee);
        d.root = keccak256(abi.encode(seed, batches.length));
        bytes memory why = refusal(how, d.taken, d.fee);
        address caller = offices.settler;
        if (how == 2) {
            caller = ownerOf(party(seed >> 200));
            why = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, caller);
        }
        bytes memory call_ = abi.encodeCall(Escrow.settle, (head, d.root, d.debits, d.credits));
        if (expected(caller, address(escrow), call_, why)) enter(d);
    }

    function enter(Draft memory d) private {
        batches.push(Applied(head, d.root, d.debits, d.credits));
        count(batches[batches.length - 1]);
        head = escrow.head();
        for (uint256 account = 1; account <= PARTIES; ++account) {
            books[account].balance -= d.debit[account];
            books[account].spent += d.debit[account];
            books[account].earned += d.credit[account];
        }
        books[0].earned += d.fee;
    }

    /// @dev A batch that was applied is submitted again, as a crashed or wicked operator might. If the Escrow takes it,
    /// that is counted, not reverted: {most} must show it.
    function replay(uint256 seed) external {
        if (batches.length == 0) return;
        Applied storage b = batches[seed % batches.length];
        bytes memory call_ = abi.encodeCall(Escrow.settle, (b.parent, b.root, b.debits, b.credits));
        (bool done, bytes memory answer) = tried(offices.settler, address(escrow), call_);
        if (done) {
            count(b);
            return;
        }
        bytes memory why = abi.encodeWithSelector(IEscrow.Stale.selector, head);
        if (keccak256(answer) != keccak256(why)) revert RefusedOtherwise(answer, why);
    }

    // anyone

    function payout(uint256 seed) external {
        uint32[] memory ids = new uint32[](1 + (seed >> 8) % 6);
        for (uint256 i; i < ids.length; ++i) {
            ids[i] = uint32((seed >> (16 + 8 * i)) % (PARTIES + 2)); // one too many: nobody's
        }
        must(ownerOf(party(seed)), address(escrow), abi.encodeCall(Escrow.payout, (ids)));
        for (uint256 i; i < ids.length; ++i) {
            if (ids[i] > PARTIES || unwanted(ownerOf(ids[i]))) continue;
            left += books[ids[i]].earned;
            books[ids[i]].earned = 0;
        }
    }

    function sendPast(uint64 amount) external {
        amount = bound64(amount, 0, MOST);
        token.mint(address(escrow), amount);
        forced += amount;
    }

    function misbehave(uint256 seed) external {
        token.behave(manner(seed), ownerOf(party(seed >> 8)));
    }

    // guardian

    function halt(uint256 seed) external {
        uint256 present = block.timestamp;
        uint256 half = Deployment.EXIT_DELAY / 2;
        uint256 until = present + seed % (half + 1 hours);
        if (seed >> 128 & 3 == 0) until = present - 1; // ends it
        bytes memory why;
        uint256 asked = until < present ? present : until;
        if (present >= haltedUntil || asked > haltedUntil) {
            uint256 earliest = haltedUntil == 0 ? 0 : haltedUntil + half;
            if (present < earliest) {
                why = abi.encodeWithSelector(IEscrow.HaltTooSoon.selector, earliest);
            } else if (asked > present + half) {
                why = abi.encodeWithSelector(IEscrow.HaltTooLong.selector, asked, present + half);
            }
        }
        if (expected(offices.guardian, address(escrow), abi.encodeCall(Escrow.halt, (uint32(until))), why)) {
            haltedUntil = uint32(asked);
        }
    }

    // whoever has no business here

    function intrude(uint256 seed) external {
        address[6] memory callers = [
            ownerOf(party(seed >> 8)),
            offices.settler,
            offices.guardian,
            offices.arbiter,
            offices.deployer,
            address(court)
        ];
        address caller = callers[seed % 6];
        bytes memory call_;
        uint256 what = seed >> 16 & 3;
        uint32 victim = uint32(party(seed >> 24));
        bytes memory why = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, caller);
        if (what == 0) call_ = abi.encodeCall(Escrow.setLimit, (type(uint64).max, type(uint64).max));
        if (what == 1) {
            if (caller == offices.guardian) return;
            call_ = abi.encodeCall(Escrow.halt, (uint32(block.timestamp + 1)));
        }
        if (what > 1) {
            if (caller == ownerOf(victim)) return;
            why = abi.encodeWithSelector(IEscrow.NotOwner.selector, victim, caller);
            if (what == 2) call_ = abi.encodeCall(Escrow.exit, (victim));
            else call_ = abi.encodeCall(Escrow.authorize, (victim, type(uint64).max));
        }
        refused(caller, address(escrow), call_, why);
    }

    // words

    function party(uint256 seed) private pure returns (uint256) {
        return 1 + (seed & 0xff) % PARTIES;
    }

    function room(uint256 account) private view returns (uint64) {
        return least(books[account].balance, books[account].signed - books[account].spent);
    }

    function least(uint64 a, uint64 b) private pure returns (uint64) {
        return a < b ? a : b;
    }

    function collect(Draft memory d, uint256 seed) private view {
        for (uint256 account = 1; account <= PARTIES; ++account) {
            bool needed = account == PARTIES && d.debits.length == 0;
            if (!needed && seed >> account & 1 == 0) continue;
            uint64 asked = uint64(seed >> (16 * account)) % (MOST / 2);
            d.debits = bytes.concat(d.debits, abi.encodePacked(uint32(account), asked));
            d.debit[account] = least(asked, room(account));
            d.taken += d.debit[account];
        }
    }

    function share(Draft memory d, uint256 seed, uint64 given) private pure {
        for (uint256 account = 1; account <= PARTIES; ++account) {
            bool last = account == PARTIES;
            if (!last && seed >> account & 1 == 0) continue;
            uint64 part = last ? given : uint64(uint256(given) * (seed >> (16 * account) & 255) / 256);
            d.credits = bytes.concat(d.credits, abi.encodePacked(uint32(account), part));
            d.credit[account] = part;
            given -= part;
        }
    }

    function refusal(uint256 how, uint64 taken, uint64 fee) private view returns (bytes memory) {
        if (how == 1) return abi.encodeWithSelector(IEscrow.Unfunded.selector, taken, taken + 1);
        if (uint256(fee) * 10_000 > uint256(taken) * 2_000) {
            return abi.encodeWithSelector(IEscrow.FeeTooHigh.selector, fee, taken);
        }
        if (block.timestamp < haltedUntil) {
            return abi.encodeWithSelector(IEscrow.SettlementHalted.selector, haltedUntil);
        }
        return "";
    }

    function count(Applied storage b) private {
        bytes32 id = keccak256(abi.encode(b.parent, b.root, b.debits, b.credits));
        if (++times[id] > most) most = times[id];
    }

    function notRaised(uint64 ceiling, uint64 before) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IEscrow.CeilingNotRaised.selector, ceiling, before);
    }
}
