package dev.assay.protocol.chain;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.protocol.Digest;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every binding is what the compiler says, and whatever the compiler says has a binding. */
class BindingsTests {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Constants of the code, and what OpenZeppelin's bases add that we never call. */
  private static final Set<String> NOT_CALLED =
      Set.of(
          "COMPENSATION_CAP_BPS()",
          "DAILY_BPS()",
          "GENERAL_SEATS()",
          "MAX_COMPENSATION_BPS()",
          "MAX_DECIMALS()",
          "MAX_FEE_BPS()",
          "MAX_PARTIES()",
          "MAX_PENALTY_BPS()",
          "OWN_PROFILE()",
          "PROFILE_SEATS()",
          "QUORUM()",
          "REWARD_BPS()",
          "ROUNDS()",
          "TREASURY()",
          "authority()",
          "eip712Domain()",
          "isConsumingScheduledOp()",
          "setAuthority(address)");

  private static final Set<String> NEVER_LOGGED = Set.of("EIP712DomainChanged()");

  private enum Contract {
    ESCROW("Escrow", EscrowContract.FUNCTIONS, EscrowContract.EVENTS, true),
    STAKE("Stake", StakeContract.FUNCTIONS, StakeContract.EVENTS, true),
    COURT("Court", CourtContract.FUNCTIONS, CourtContract.EVENTS, true),
    ACCESS_MANAGER(
        "AccessManager", AccessManagerContract.FUNCTIONS, AccessManagerContract.EVENTS, false),
    TEST_USD("TestUSD", TokenContract.FUNCTIONS, List.of(), false);

    private final String file;
    private final List<FunctionType> functions;
    private final List<? extends EventType<?>> events;
    private final boolean complete;

    Contract(
        String file,
        List<FunctionType> functions,
        List<? extends EventType<?>> events,
        boolean complete) {
      this.file = file;
      this.functions = functions;
      this.events = events;
      this.complete = complete;
    }

    Stream<JsonNode> abi(String kind) {
      try (var in =
          Chain.class.getResourceAsStream("/dev/assay/protocol/deploy/" + file + ".abi.json")) {
        return JSON
            .readTree(requireNonNull(in, file))
            .valueStream()
            .filter(entry -> entry.path("type").asString().equals(kind))
            .toList()
            .stream();
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void functions(Contract contract) {
    var compiled =
        contract
            .abi("function")
            .collect(
                Collectors.toMap(
                    BindingsTests::signature, entry -> types(flat(entry.path("outputs")))));
    for (FunctionType function : contract.functions) {
      assertThat(compiled).containsKey(function.signature());
      // Where the answer is only of use to another contract, no outputs are declared.
      assertThat(function.outputs().stream().map(Abi.Parameter::type).toList())
          .as(function.signature())
          .isIn(compiled.get(function.signature()), List.of());
    }
    if (contract.complete) {
      Set<String> bound =
          contract.functions.stream().map(FunctionType::signature).collect(Collectors.toSet());
      assertThat(compiled.keySet().stream().filter(name -> !NOT_CALLED.contains(name)))
          .containsExactlyInAnyOrderElementsOf(bound);
    }
  }

  @ParameterizedTest
  @EnumSource
  void events(Contract contract) {
    var compiled =
        contract.abi("event").collect(Collectors.toMap(BindingsTests::topic, Function.identity()));
    for (EventType<?> event : contract.events) {
      JsonNode entry = compiled.get(event.topic());
      assertThat(entry).as(event.name()).isNotNull();
      assertThat(event.parameters().stream().map(p -> p.type() + " " + p.indexed()))
          .as(event.name())
          .containsExactlyElementsOf(
              flat(requireNonNull(entry).path("inputs"))
                  .map(p -> p.path("type").asString() + " " + p.path("indexed").asBoolean(false))
                  .toList());
    }
    if (contract.complete) {
      assertThat(
              compiled.values().stream()
                  .map(BindingsTests::signature)
                  .filter(name -> !NEVER_LOGGED.contains(name)))
          .hasSize(contract.events.size());
    }
  }

  @ParameterizedTest
  @EnumSource
  void event_parameters_have_the_contracts_names(Contract contract) {
    for (EventType<?> event : contract.events) {
      JsonNode entry =
          contract
              .abi("event")
              .filter(e -> topic(e).equals(event.topic()))
              .findFirst()
              .orElseThrow();
      // Of a struct both the members and the same values, indexed once more, are there.
      assertThat(event.parameters().stream().map(p -> p.name().replace("Again", "")))
          .containsExactlyElementsOf(
              flat(entry.path("inputs")).map(p -> p.path("name").asString()).toList());
    }
  }

  @Test
  void errors() {
    Set<String> compiled =
        Stream.of(Contract.values())
            .flatMap(contract -> contract.abi("error"))
            .map(entry ->
                entry.path("name").asString()
                    + entry
                        .path("inputs")
                        .valueStream()
                        .map(p -> p.path("type").asString() + " " + p.path("name").asString())
                        .collect(Collectors.joining(", ", "(", ")")))
            .collect(Collectors.toSet());
    Set<String> bound =
        ErrorType.ALL.stream()
            .filter(type -> !Set.of("Error", "Panic").contains(type.name()))
            .map(type ->
                type.name()
                    + type.parameters().stream()
                        .map(p -> p.type() + " " + p.name())
                        .collect(Collectors.joining(", ", "(", ")")))
            .collect(Collectors.toSet());
    assertThat(bound).containsExactlyInAnyOrderElementsOf(compiled);
  }

  private static Digest topic(JsonNode event) {
    return Abi.hash(signature(event));
  }

  private static String signature(JsonNode entry) {
    return entry.path("name").asString() + tuple(entry.path("inputs"));
  }

  private static String tuple(JsonNode parameters) {
    return parameters
        .valueStream()
        .map(parameter -> {
          String type = parameter.path("type").asString();
          return type.startsWith("tuple")
              ? tuple(parameter.path("components")) + type.substring("tuple".length())
              : type;
        })
        .collect(Collectors.joining(",", "(", ")"));
  }

  /** Static structs stand for their members. */
  private static Stream<JsonNode> flat(JsonNode parameters) {
    return parameters
        .valueStream()
        .flatMap(parameter ->
            parameter.path("type").asString().equals("tuple")
                ? flat(parameter.path("components"))
                : Stream.of(parameter));
  }

  private static List<String> types(Stream<JsonNode> parameters) {
    return parameters.map(parameter -> parameter.path("type").asString()).toList();
  }
}
