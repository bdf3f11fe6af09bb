package dev.assay.protocol.chain;

import dev.assay.protocol.AccountId;
import dev.assay.protocol.Bytes;
import dev.assay.protocol.Digest;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.web3j.abi.FunctionEncoder;
import org.web3j.abi.FunctionReturnDecoder;
import org.web3j.abi.TypeReference;
import org.web3j.abi.datatypes.Address;
import org.web3j.abi.datatypes.Bool;
import org.web3j.abi.datatypes.DynamicArray;
import org.web3j.abi.datatypes.DynamicBytes;
import org.web3j.abi.datatypes.Type;
import org.web3j.abi.datatypes.Uint;
import org.web3j.abi.datatypes.generated.Bytes32;
import org.web3j.abi.datatypes.generated.Uint256;

/** From our types to the ABI's and back. Only the one canonical encoding of a value is read. */
final class Abi {
  /**
   * @param type of the ABI, such as {@code uint64}
   */
  record Parameter(String type, String name, boolean indexed) {
    static Parameter parse(String text) {
      List<String> words = List.of(text.strip().split(" +"));
      return new Parameter(words.getFirst(), words.getLast(), words.contains("indexed"));
    }

    /** {@code uint64 amount, address to}; nothing for the empty text. */
    static List<Parameter> parseAll(String text) {
      return text.isBlank()
          ? List.of()
          : Arrays.stream(text.split(",")).map(Parameter::parse).toList();
    }

    /** A value of this type and of any length is stored apart, behind a pointer. */
    boolean isDynamic() {
      return type.endsWith("[]") || type.equals("bytes") || type.equals("string");
    }
  }

  private Abi() {}

  static Digest hash(String text) {
    return Digest.keccak256(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The first four bytes of the signature's hash. */
  static Bytes selector(String signature) {
    return Bytes.of(Arrays.copyOf(hash(signature).toBytes(), 4));
  }

  static Bytes join(Bytes first, Bytes second) {
    byte[] joined = Arrays.copyOf(first.toBytes(), first.size() + second.size());
    System.arraycopy(second.toBytes(), 0, joined, first.size(), second.size());
    return Bytes.of(joined);
  }

  static Bytes encode(List<Type> values) {
    return bytes(FunctionEncoder.encodeConstructor(values));
  }

  static Bytes creation(Bytes code, Type<?>... arguments) {
    return join(code, encode(List.of(arguments)));
  }

  /**
   * @throws IllegalArgumentException unless {@code encoded} is exactly such values
   */
  static Map<String, Object> decode(List<Parameter> parameters, Bytes encoded) {
    List<Type> decoded;
    try {
      decoded = FunctionReturnDecoder.decode(encoded.toString(), references(parameters));
      // The decoder ignores what it does not need; a value has one encoding, so make it again.
      if (decoded.size() == parameters.size() && encode(decoded).equals(encoded)) {
        return named(parameters, decoded);
      }
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(notSuch(parameters, encoded), e);
    }
    throw new IllegalArgumentException(notSuch(parameters, encoded));
  }

  private static String notSuch(List<Parameter> parameters, Bytes encoded) {
    return "%d bytes that do not encode (%s)."
        .formatted(
            encoded.size(), String.join(",", parameters.stream().map(Parameter::type).toList()));
  }

  private static Map<String, Object> named(List<Parameter> parameters, List<Type> decoded) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (int i = 0; i < decoded.size(); i++) {
      values.put(parameters.get(i).name(), decoded.get(i).getValue());
    }
    return values;
  }

  private static List<TypeReference<Type>> references(List<Parameter> parameters)
      throws RuntimeException {
    List<TypeReference<Type>> references = new ArrayList<>();
    for (Parameter parameter : parameters) {
      references.add(reference(parameter.type()));
    }
    return references;
  }

  @SuppressWarnings("unchecked")
  private static TypeReference<Type> reference(String type) {
    try {
      return (TypeReference<Type>) TypeReference.makeTypeReference(type);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(type + " is no type of the ABI.", e);
    }
  }

  static Bytes bytes(String hex) {
    return Bytes.parse(hex.startsWith("0x") ? hex : "0x" + hex);
  }

  static Type<?> of(Digest digest) {
    return new Bytes32(digest.toBytes());
  }

  static Type<?> of(WalletAddress address) {
    return new Address(address.hex());
  }

  /** An unsigned integer of any width: all are encoded alike. */
  static Type<?> of(TokenAmount amount) {
    return new Uint256(amount.toBigInteger());
  }

  static Type<?> of(long number) {
    return new Uint256(BigInteger.valueOf(number));
  }

  static Type<?> of(AccountId account) {
    return of(account.number());
  }

  static Type<?> of(boolean flag) {
    return new Bool(flag);
  }

  static Type<?> of(Bytes bytes) {
    return new DynamicBytes(bytes.toBytes());
  }

  static Type<?> digests(List<Digest> digests) {
    return new DynamicArray<>(
        Bytes32.class, digests.stream().map(digest -> new Bytes32(digest.toBytes())).toList());
  }

  static Type<?> accounts(List<AccountId> accounts) {
    return new DynamicArray<>(
        Uint.class,
        accounts.stream().map(account -> new Uint(BigInteger.valueOf(account.number()))).toList());
  }
}
