package dev.assay.protocol.chain;

import dev.assay.protocol.Bytes;
import java.util.function.Function;

/** A call whose answer is what matters. */
public final class Query<R> {
  private final Call call;
  private final FunctionType type;
  private final Function<Values, R> reader;

  Query(Call call, FunctionType type, Function<Values, R> reader) {
    this.call = call;
    this.type = type;
    this.reader = reader;
  }

  public Call call() {
    return call;
  }

  /**
   * @param answer what the node returned
   * @throws IllegalArgumentException if the function cannot have answered so; an address without
   *     code answers nothing at all
   */
  public R decode(Bytes answer) {
    try {
      return reader.apply(type.decode(answer));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "%s at %s answered %s".formatted(type.signature(), call.to(), e.getMessage()), e);
    }
  }
}
