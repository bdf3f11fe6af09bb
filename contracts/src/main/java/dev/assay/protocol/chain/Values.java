package dev.assay.protocol.chain;

import dev.assay.protocol.AccountId;
import dev.assay.protocol.Bytes;
import dev.assay.protocol.Digest;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.web3j.abi.datatypes.Type;

/** Decoded values by the names that the contracts give them. */
public final class Values {
  private final Map<String, Object> values;

  Values(Map<String, Object> values) {
    this.values = new LinkedHashMap<>(values);
  }

  public Digest digest(String name) {
    return Digest.of(get(name, byte[].class));
  }

  public WalletAddress wallet(String name) {
    return new WalletAddress(get(name, String.class));
  }

  /** A {@code uint64}; a wider one that is more than an amount can be is refused. */
  public TokenAmount amount(String name) {
    return TokenAmount.of(get(name, BigInteger.class));
  }

  public AccountId account(String name) {
    return new AccountId(number(name));
  }

  /**
   * @throws IllegalArgumentException above 2⁶³ − 1
   */
  public long number(String name) {
    return exact(name, get(name, BigInteger.class));
  }

  public int count(String name) {
    return Math.toIntExact(number(name));
  }

  public boolean flag(String name) {
    return get(name, Boolean.class);
  }

  public String text(String name) {
    return get(name, String.class);
  }

  public Bytes bytes(String name) {
    return Bytes.of(get(name, byte[].class));
  }

  public List<Long> numbers(String name) {
    return get(name, List.class).stream()
        .map(item -> exact(name, (BigInteger) ((Type<?>) item).getValue()))
        .toList();
  }

  private <T> T get(String name, Class<T> type) {
    Object value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException(
          "There is no value %s, but %s.".formatted(name, values.keySet()));
    }
    return type.cast(value);
  }

  private static long exact(String name, BigInteger value) {
    if (value.bitLength() > 63) {
      throw new IllegalArgumentException("%s is at most 2⁶³ − 1, not %s.".formatted(name, value));
    }
    return value.longValue();
  }

  /** For people: {@code head=0x…, fee=12}. */
  @Override
  public String toString() {
    return values.entrySet().stream()
        .map(entry -> entry.getKey() + "=" + show(entry.getValue()))
        .collect(Collectors.joining(", "));
  }

  private static Object show(Object value) {
    return value instanceof byte[] bytes ? Bytes.of(bytes) : value;
  }
}
