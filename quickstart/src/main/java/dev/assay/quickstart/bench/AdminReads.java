package dev.assay.quickstart.bench;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import tools.jackson.databind.JsonNode;

/**
 * All that an operator can read, asked for as the OpenAPI document describes it: each list without
 * and with each of its filters, page after page, and each thing of a list by itself. What is added
 * to the document is asked for too.
 */
public final class AdminReads implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final byte[] NOTHING = {};
  private static final int PAGES = 50;

  /** Neither a filter nor to be varied. */
  private static final Set<String> PAGING = Set.of("after", "limit");

  private final HttpConnection market;
  private final String token;
  private final SplittableRandom chance;

  /**
   * @param token of an operator
   */
  public AdminReads(int port, String token, SplittableRandom chance) {
    this.market = new HttpConnection(port, PATIENCE);
    this.token = token;
    this.chance = chance;
  }

  /**
   * @param what the operation, with the names of the filters that were set
   * @param millis from the question to the whole answer
   */
  public record Read(String what, Latencies millis) {}

  /** What can be asked for, by the operation's path and its filters. */
  private record Operation(String path, List<String> filters, boolean isList) {}

  /**
   * @param times how often each is asked, after a quarter as often to warm up
   */
  public List<Read> measure(int times) throws IOException {
    List<Read> reads = new ArrayList<>();
    List<Operation> operations = operations();
    Map<String, List<JsonNode>> lists = new LinkedHashMap<>();
    for (Operation list : operations) {
      if (list.isList()) {
        lists.put(list.path(), walk(list.path()));
      }
    }
    for (Operation operation : operations) {
      if (operation.path().contains("{")) {
        String of = operation.path().substring(0, operation.path().indexOf("/{"));
        List<String> questions = things(of, lists);
        if (!questions.isEmpty()) {
          reads.add(measure(operation.path(), questions, times));
        }
      } else if (operation.isList()) {
        List<JsonNode> found = lists.getOrDefault(operation.path(), List.of());
        reads.add(measure(operation.path(), pages(operation.path(), "", found), times));
        for (String filter : operation.filters()) {
          List<String> questions = filtered(operation.path(), filter, found);
          if (!questions.isEmpty()) {
            reads.add(measure(operation.path() + "?" + filter, questions, times));
          }
        }
      } else {
        reads.add(measure(operation.path(), List.of(operation.path()), times));
      }
    }
    return reads;
  }

  /**
   * Those that answer with one JSON body, to whoever asks for nothing in particular: a feed and an
   * export have no end that one waits for.
   */
  private List<Operation> operations() throws IOException {
    List<Operation> operations = new ArrayList<>();
    for (Map.Entry<String, JsonNode> path :
        read("/api/openapi.json", "").path("paths").properties()) {
      JsonNode get = path.getValue().path("get");
      boolean isJson = get.at("/responses/200/content").has("application/json");
      boolean isComplete =
          get.path("parameters")
              .valueStream()
              .noneMatch(parameter ->
                  parameter.path("in").stringValue("").equals("query")
                      && parameter.path("required").booleanValue(false));
      if (path.getKey().startsWith("/api/admin/") && isJson && isComplete) {
        List<String> inQuery =
            get.path("parameters")
                .valueStream()
                .filter(parameter -> parameter.path("in").stringValue("").equals("query"))
                .map(parameter -> parameter.path("name").stringValue(""))
                .toList();
        operations.add(
            new Operation(
                path.getKey(),
                inQuery.stream().filter(name -> !PAGING.contains(name)).toList(),
                inQuery.contains("after")));
      }
    }
    return operations;
  }

  /** The first pages of a list. */
  private List<JsonNode> walk(String path) throws IOException {
    List<JsonNode> found = new ArrayList<>();
    JsonNode page = read(path + "?limit=100");
    for (int i = 1; i < PAGES; i++) {
      page.path("data").valueStream().forEach(found::add);
      if (!page.path("hasMore").booleanValue()) {
        break;
      }
      page = read(path + "?limit=100&after=" + name(found.getLast()));
    }
    return found;
  }

  /** A thing is named by its first member. */
  private static String name(JsonNode thing) {
    return encoded(thing.valueStream().findFirst().orElseThrow().asString());
  }

  private static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  private static List<String> pages(String path, String filter, List<JsonNode> found) {
    List<String> questions = new ArrayList<>();
    questions.add("%s?limit=100%s".formatted(path, filter));
    found.forEach(
        thing -> questions.add("%s?limit=100%s&after=%s".formatted(path, filter, name(thing))));
    return questions;
  }

  /** A filter is a switch, or has the values that the things of the list have. */
  private static List<String> filtered(String path, String filter, List<JsonNode> found) {
    List<String> values =
        found.stream()
            .map(thing -> thing.path(filter))
            .filter(JsonNode::isString)
            .map(JsonNode::stringValue)
            .distinct()
            .toList();
    if (values.isEmpty()) {
      return pages(path, "&%s=true".formatted(filter), found);
    }
    return values.stream()
        .map(value -> "%s?limit=100&%s=%s".formatted(path, filter, encoded(value)))
        .toList();
  }

  private static List<String> things(String of, Map<String, List<JsonNode>> lists) {
    return lists.getOrDefault(of, List.of()).stream()
        .map(thing -> "%s/%s".formatted(of, name(thing)))
        .toList();
  }

  private Read measure(String what, List<String> questions, int times) throws IOException {
    List<Double> millis = new ArrayList<>();
    for (int i = -times / 4; i < times; i++) {
      String question = questions.get(chance.nextInt(questions.size()));
      long start = System.nanoTime();
      read(question);
      if (i >= 0) {
        millis.add((System.nanoTime() - start) / 1e6);
      }
    }
    return new Read(what, Latencies.of(millis));
  }

  private JsonNode read(String path) throws IOException {
    return read(path, token);
  }

  private JsonNode read(String path, String credential) throws IOException {
    HttpConnection.Answer answer = market.send("GET", path, credential, NOTHING);
    if (!answer.isOk()) {
      throw new IOException("GET %s: %d %s".formatted(path, answer.status(), answer.text()));
    }
    return MarketClient.JSON.readTree(answer.body());
  }

  @Override
  public void close() {
    market.close();
  }
}
