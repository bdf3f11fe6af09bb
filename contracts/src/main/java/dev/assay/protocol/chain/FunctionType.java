package dev.assay.protocol.chain;

import dev.assay.protocol.Bytes;
import dev.assay.protocol.WalletAddress;
import java.util.List;
import java.util.function.Function;
import org.web3j.abi.datatypes.Type;

/** A function as the ABI knows it. The bindings' test compares each with what was compiled. */
final class FunctionType {
  private final String signature;
  private final Bytes selector;
  private final List<Abi.Parameter> outputs;

  private FunctionType(String signature, List<Abi.Parameter> outputs) {
    this.signature = signature;
    this.selector = Abi.selector(signature);
    this.outputs = outputs;
  }

  /**
   * @param signature such as {@code bond(address,uint64)}
   */
  static FunctionType of(String signature) {
    return new FunctionType(signature, List.of());
  }

  /**
   * @param outputs such as {@code uint64 rate, uint64 burst}; a single one may go without a name
   */
  static FunctionType of(String signature, String outputs) {
    return new FunctionType(signature, Abi.Parameter.parseAll(outputs));
  }

  String signature() {
    return signature;
  }

  Bytes selector() {
    return selector;
  }

  List<Abi.Parameter> outputs() {
    return outputs;
  }

  Call at(WalletAddress contract, Type<?>... arguments) {
    return new Call(contract, Abi.join(selector, Abi.encode(List.of(arguments))));
  }

  <R> Query<R> ask(WalletAddress contract, Function<Values, R> reader, Type<?>... arguments) {
    return new Query<>(at(contract, arguments), this, reader);
  }

  Values decode(Bytes answer) {
    return new Values(Abi.decode(outputs, answer));
  }
}
