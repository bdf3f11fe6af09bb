// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Court} from "main/Court.sol";
import {Escrow} from "main/Escrow.sol";
import {Stake} from "main/Stake.sol";
import {Policy} from "main/types/Types.sol";

/// @dev The deployment of docs/reference/protocol.md, step by step, for tests. The Java deployment does the same.
library Deployment {
    uint64 internal constant ADMIN = 0;
    uint64 internal constant OPERATOR = 1;
    uint64 internal constant COURT = 2;
    uint64 internal constant ARBITER = 3;
    uint64 internal constant GUARDIAN = 4;
    uint64 internal constant GOVERNOR = 5;

    uint32 internal constant EXIT_DELAY = 2 days;
    uint40 internal constant THAW = 14 days;
    uint64 internal constant RATE = 1_000e6;
    uint64 internal constant BURST = 1_000_000e6;
    /// @dev Longer than the thaw: whoever distrusts a new court has left before it can slash.
    uint32 internal constant COURT_DELAY = 15 days;
    uint32 internal constant GOVERNOR_DELAY = 12 hours;

    struct People {
        address deployer;
        address operator; // bonds, binds the operator's session keys
        address settler; // the transaction key
        address arbiter;
        address guardian;
        address governance;
        address treasury;
        address insurance;
    }

    struct System {
        IERC20 token;
        AccessManager manager;
        Escrow escrow;
        Stake stake;
        Court court;
        People people;
    }

    function policy() internal pure returns (Policy memory) {
        return Policy({
            maxAge: 7 days,
            window: 2 days,
            ruling: 3 days,
            drawDelay: 5,
            revealWindow: 300,
            penaltyBps: 500,
            compensationBps: 20_000,
            minPenalty: 5e6,
            appealFee: 2e6,
            verifierFee: 0.05e6,
            verifierBond: 100e6
        });
    }

    /// @dev The caller must be `people.deployer`, who has no role at the end.
    function deploy(IERC20 token, People memory people, bytes32 commitment) internal returns (System memory s) {
        (s.token, s.people) = (token, people);
        s.manager = new AccessManager(people.deployer);
        address authority = address(s.manager);
        s.escrow = new Escrow(token, EXIT_DELAY, RATE, BURST, people.treasury, authority);
        s.stake = new Stake(s.escrow, THAW, authority);
        s.court = new Court(s.stake, people.operator, people.insurance, commitment, policy(), authority);
        assign(s);
        grant(s);
        s.manager.setGrantDelay(COURT, COURT_DELAY);
        s.manager.setTargetAdminDelay(address(s.stake), COURT_DELAY);
        s.manager.grantRole(ADMIN, people.governance, COURT_DELAY);
        s.manager.renounceRole(ADMIN, people.deployer);
    }

    /// @dev What each role may call. All else that is restricted stays with ADMIN.
    function functions(System memory s)
        internal
        pure
        returns (address[9] memory target, bytes4[9] memory selector, uint64[9] memory role)
    {
        (address escrow, address stake, address court) = (address(s.escrow), address(s.stake), address(s.court));
        target = [escrow, court, court, stake, stake, stake, stake, court, escrow];
        selector = [
            Escrow.settle.selector,
            Court.seal.selector,
            Court.anchor.selector,
            Stake.freeze.selector,
            Stake.release.selector,
            Stake.slash.selector,
            Stake.award.selector,
            Court.rule.selector,
            Escrow.halt.selector
        ];
        role = [OPERATOR, OPERATOR, OPERATOR, COURT, COURT, COURT, COURT, ARBITER, GUARDIAN];
    }

    function assign(System memory s) private {
        (address[9] memory target, bytes4[9] memory selector, uint64[9] memory role) = functions(s);
        bytes4[] memory one = new bytes4[](1);
        for (uint256 i; i < 9; ++i) {
            one[0] = selector[i];
            s.manager.setTargetFunctionRole(target[i], one, role[i]);
        }
        one[0] = Escrow.setLimit.selector;
        s.manager.setTargetFunctionRole(address(s.escrow), one, GOVERNOR);
    }

    function grant(System memory s) private {
        AccessManager m = s.manager;
        m.grantRole(OPERATOR, s.people.settler, 0);
        m.grantRole(COURT, address(s.court), 0);
        m.grantRole(ARBITER, s.people.arbiter, 0);
        m.grantRole(GUARDIAN, s.people.guardian, 0);
        m.grantRole(GOVERNOR, s.people.governance, GOVERNOR_DELAY);
        m.setRoleAdmin(OPERATOR, GOVERNOR);
        m.setRoleAdmin(ARBITER, GOVERNOR);
        m.setRoleAdmin(GUARDIAN, GOVERNOR);
    }

    error WrongRole(address target, bytes4 selector, uint64 role, uint64 expected);
    error WrongMember(uint64 role, address member, bool isMember, uint32 delay);
    error WrongAdmin(uint64 role, uint64 admin, uint64 expected);
    error WrongAuthority(address target, address authority);
    error WrongConstant(string name);
    error Closed(address target);

    /// @dev Reads back everything that {deploy} set. The two delays that rise after five days are checked by
    /// {verifyDelays}.
    function verify(System memory s) internal view {
        verifyFunctions(s);
        verifyMembers(s);
        verifyConstants(s);
    }

    function verifyDelays(System memory s) internal view {
        require(s.manager.getRoleGrantDelay(COURT) == COURT_DELAY, WrongConstant("grant delay of COURT"));
        require(
            s.manager.getTargetAdminDelay(address(s.stake)) == COURT_DELAY, WrongConstant("admin delay of the Stake")
        );
        require(COURT_DELAY > s.stake.thaw(), WrongConstant("grant delay of COURT against thaw"));
    }

    function verifyFunctions(System memory s) private view {
        (address[9] memory target, bytes4[9] memory selector, uint64[9] memory role) = functions(s);
        for (uint256 i; i < 9; ++i) {
            uint64 found = s.manager.getTargetFunctionRole(target[i], selector[i]);
            require(found == role[i], WrongRole(target[i], selector[i], found, role[i]));
        }
        uint64 limiter = s.manager.getTargetFunctionRole(address(s.escrow), Escrow.setLimit.selector);
        require(limiter == GOVERNOR, WrongRole(address(s.escrow), Escrow.setLimit.selector, limiter, GOVERNOR));
    }

    function verifyMembers(System memory s) private view {
        People memory p = s.people;
        checkMember(s, ADMIN, p.governance, COURT_DELAY);
        checkMember(s, OPERATOR, p.settler, 0);
        checkMember(s, COURT, address(s.court), 0);
        checkMember(s, ARBITER, p.arbiter, 0);
        checkMember(s, GUARDIAN, p.guardian, 0);
        checkMember(s, GOVERNOR, p.governance, GOVERNOR_DELAY);
        for (uint64 role = ADMIN; role <= GOVERNOR; ++role) {
            (bool member, uint32 delay) = s.manager.hasRole(role, p.deployer);
            require(!member, WrongMember(role, p.deployer, member, delay));
            uint64 expected = role == OPERATOR || role == ARBITER || role == GUARDIAN ? GOVERNOR : ADMIN;
            uint64 admin = s.manager.getRoleAdmin(role);
            require(admin == expected, WrongAdmin(role, admin, expected));
        }
    }

    function checkMember(System memory s, uint64 role, address member, uint32 delay) private view {
        (bool isMember, uint32 found) = s.manager.hasRole(role, member);
        require(isMember && found == delay, WrongMember(role, member, isMember, found));
    }

    function verifyConstants(System memory s) private view {
        address[3] memory all = [address(s.escrow), address(s.stake), address(s.court)];
        for (uint256 i; i < 3; ++i) {
            address authority = IAccessManaged(all[i]).authority();
            require(authority == address(s.manager), WrongAuthority(all[i], authority));
            require(!s.manager.isTargetClosed(all[i]), Closed(all[i]));
        }
        require(address(s.escrow.token()) == address(s.token), WrongConstant("token"));
        require(address(s.stake.token()) == address(s.token), WrongConstant("token"));
        require(s.escrow.exitDelay() == EXIT_DELAY, WrongConstant("exitDelay"));
        (uint64 rate, uint64 burst,,,) = s.escrow.limit();
        require(rate == RATE && burst == BURST, WrongConstant("limit"));
        (address treasury,,) = s.escrow.holders(0);
        require(treasury == s.people.treasury, WrongConstant("treasury"));
        require(address(s.stake.escrow()) == address(s.escrow), WrongConstant("escrow"));
        require(s.stake.thaw() == THAW, WrongConstant("thaw"));
        verifyPolicy(s.court, policy());
        require(address(s.court.stake()) == address(s.stake), WrongConstant("stake"));
        require(s.court.operator() == s.people.operator, WrongConstant("operator"));
        require(s.court.insurance() == s.people.insurance, WrongConstant("insurance"));
    }

    function verifyPolicy(Court c, Policy memory p) private view {
        require(c.maxAge() == p.maxAge && c.window() == p.window && c.ruling() == p.ruling, WrongConstant("periods"));
        require(c.drawDelay() == p.drawDelay && c.revealWindow() == p.revealWindow, WrongConstant("draw"));
        require(c.penaltyBps() == p.penaltyBps && c.minPenalty() == p.minPenalty, WrongConstant("penalty"));
        require(c.compensationBps() == p.compensationBps, WrongConstant("compensation"));
        require(c.appealFee() == p.appealFee && c.verifierFee() == p.verifierFee, WrongConstant("fees"));
        require(c.verifierBond() == p.verifierBond, WrongConstant("verifierBond"));
    }
}
