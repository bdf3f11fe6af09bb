package dev.assay.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** An account of the Escrow: {@code uint32}, in order of opening, from 1. 0 is the treasury. */
public record AccountId(long number) implements Comparable<AccountId> {
  /** Takes the operator's fees. */
  public static final AccountId TREASURY = new AccountId(0);

  /**
   * @throws IllegalArgumentException outside 0 to 2³² − 1
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public AccountId {
    Check.uint32("The number of an account", number);
  }

  @JsonValue
  @Override
  public long number() {
    return number;
  }

  @Override
  public String toString() {
    return Long.toString(number);
  }

  @Override
  public int compareTo(AccountId other) {
    return Long.compare(number, other.number);
  }
}
