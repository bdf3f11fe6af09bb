// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev One account is one word, which is all that a settlement touches:
/// balance | spent | authorized | earned, 64 bits each, low to high, in atomic units of the token.
///   balance     deposited and neither spent nor withdrawn
///   spent       ever
///   authorized  the ceiling of `spent` that the owner has signed, ever
///   earned      credited and not yet paid out
type Account is uint256;

using Accounts for Account global;

library Accounts {
    function parts(Account a) internal pure returns (uint64 balance, uint64 spent, uint64 authorized, uint64 earned) {
        uint256 word = Account.unwrap(a);
        return (uint64(word), uint64(word >> 64), uint64(word >> 128), uint64(word >> 192));
    }

    function pack(uint64 balance, uint64 spent, uint64 authorized, uint64 earned) internal pure returns (Account) {
        return Account.wrap(balance | uint256(spent) << 64 | uint256(authorized) << 128 | uint256(earned) << 192);
    }

    /// @dev The most that may be taken now.
    function room(Account a) internal pure returns (uint64) {
        (uint64 balance, uint64 spent, uint64 authorized,) = parts(a);
        uint64 left = authorized - spent;
        return balance < left ? balance : left;
    }

    /// @dev For an amount within the room: no field can run over into the next.
    function debit(Account a, uint64 amount) internal pure returns (Account) {
        unchecked {
            return Account.wrap(Account.unwrap(a) - amount + (uint256(amount) << 64));
        }
    }

    /// @dev `earned` is the topmost field: the checked addition is its overflow check.
    function credit(Account a, uint64 amount) internal pure returns (Account) {
        return Account.wrap(Account.unwrap(a) + (uint256(amount) << 192));
    }
}
