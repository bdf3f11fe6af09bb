package dev.assay.protocol.chain;

import dev.assay.protocol.Bytes;
import dev.assay.protocol.Digest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** An event as the ABI knows it. The bindings' test compares each with what was compiled. */
final class EventType<E> {
  private final String name;
  private final List<Abi.Parameter> parameters;
  private final Digest topic;
  private final Function<Values, ? extends E> reader;

  private EventType(
      String name,
      List<Abi.Parameter> parameters,
      Digest topic,
      Function<Values, ? extends E> reader) {
    this.name = name;
    this.parameters = parameters;
    this.topic = topic;
    this.reader = reader;
  }

  /**
   * @param declaration such as {@code Bonded(address indexed worker, address indexed from, uint64
   *     amount)}
   */
  static <E> EventType<E> of(String declaration, Function<Values, ? extends E> reader) {
    int open = declaration.indexOf('(');
    String name = declaration.substring(0, open);
    List<Abi.Parameter> parameters =
        Abi.Parameter.parseAll(declaration.substring(open + 1, declaration.length() - 1));
    String types = parameters.stream().map(Abi.Parameter::type).collect(Collectors.joining(","));
    return new EventType<>(name, parameters, Abi.hash(name + "(" + types + ")"), reader);
  }

  /** For an event with a struct in it, whose members stand among the parameters. */
  static <E> EventType<E> of(
      String declaration, String signature, Function<Values, ? extends E> reader) {
    EventType<E> flat = of(declaration, reader);
    return new EventType<>(flat.name, flat.parameters, Abi.hash(signature), reader);
  }

  String name() {
    return name;
  }

  List<Abi.Parameter> parameters() {
    return parameters;
  }

  Digest topic() {
    return topic;
  }

  /** The first of the types that {@code log} is of; none if it is of another. */
  static <E> Optional<E> decode(List<EventType<E>> types, Log log) {
    if (log.topics().isEmpty()) {
      return Optional.empty();
    }
    return types.stream()
        .filter(type -> type.topic.equals(log.topics().getFirst()))
        .findFirst()
        .map(type -> type.read(log));
  }

  private E read(Log log) {
    List<Abi.Parameter> indexed = parameters.stream().filter(Abi.Parameter::indexed).toList();
    List<Abi.Parameter> stored = parameters.stream().filter(p -> !p.indexed()).toList();
    if (log.topics().size() != 1 + indexed.size()) {
      throw new IllegalArgumentException(
          "%s has %d topics, not %d.".formatted(name, 1 + indexed.size(), log.topics().size()));
    }
    Bytes topics = Bytes.EMPTY;
    for (Digest value : log.topics().subList(1, log.topics().size())) {
      topics = Abi.join(topics, Bytes.of(value.toBytes()));
    }
    Map<String, Object> values = new LinkedHashMap<>(Abi.decode(indexed, topics));
    values.putAll(Abi.decode(stored, log.data()));
    return reader.apply(new Values(values));
  }
}
