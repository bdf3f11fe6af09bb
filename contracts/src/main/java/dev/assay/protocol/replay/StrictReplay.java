package dev.assay.protocol.replay;

import dev.assay.protocol.Digest;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.JobKind;
import dev.assay.protocol.content.ModelManifest;
import dev.assay.protocol.content.ModelManifest.ModelFile;
import dev.assay.protocol.replay.OnnxFile.Graph;
import dev.assay.protocol.replay.OnnxFile.Node;
import dev.assay.protocol.replay.Tensor.Floats;
import dev.assay.protocol.replay.Tensor.Longs;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A sentence-embedding model, run with the same bits by every JVM: see {@link Operator}. Slower
 * than the runtimes of workers by an order of magnitude; it decides appeals and makes canaries, it
 * does not serve jobs. Safe for several callers at a time.
 *
 * <p>The answer depends on the files of the manifest and on the input. Of the JVM it depends in one
 * point: the tokenizer asks it for the categories of characters, so that a text with a character
 * which one version's Unicode does not know yet may be cut into other tokens.
 */
public final class StrictReplay {
  private final Graph graph;
  private final List<Operator> operators;
  private final Map<String, Integer> lastUses;
  private final WordPiece tokenizer;
  private final int contextUnits;

  private StrictReplay(Graph graph, WordPiece tokenizer, int contextUnits) {
    this.graph = graph;
    this.operators = graph.nodes().stream().map(Operator::of).toList();
    this.lastUses = lastUses(graph);
    this.tokenizer = tokenizer;
    this.contextUnits = contextUnits;
  }

  /** Where the bytes of a model's file are. */
  public interface Files {
    /**
     * @return the whole file, from its position to its limit; may be a mapped one
     */
    ByteBuffer open(ModelFile file);
  }

  /**
   * @param model whose files are one ending in {@code .onnx} and one in {@code tokenizer.json}
   * @throws IllegalArgumentException if a file is not the manifest's, or cannot be run
   */
  public static StrictReplay of(ModelManifest model, Files files) {
    if (model.kind() != JobKind.EMBEDDINGS) {
      throw new IllegalArgumentException("Only sentence embeddings can be replayed.");
    }
    WordPiece tokenizer = WordPiece.read(checked(model, "tokenizer.json", files));
    Graph graph = OnnxFile.read(checked(model, ".onnx", files));
    return new StrictReplay(graph, tokenizer, model.contextUnits());
  }

  /** One vector of length 1 a text. */
  public EmbeddingsOutput embed(EmbeddingsInput input) {
    return EmbeddingsOutput.of(
        input.texts().stream().map(text -> embed(tokenizer.encode(text, contextUnits))).toList());
  }

  private float[] embed(int[] tokens) {
    Floats states = run(tokens);
    return SentenceVector.of(FloatBuffer.wrap(states.numbers()), tokens.length);
  }

  private Floats run(int[] tokens) {
    Map<String, Tensor> values = new HashMap<>(graph.weights());
    int[] shape = {1, tokens.length};
    long[] ones = new long[tokens.length];
    Arrays.fill(ones, 1);
    for (String input : graph.inputs()) {
      long[] numbers =
          switch (input) {
            case "input_ids" -> Arrays.stream(tokens).asLongStream().toArray();
            case "attention_mask" -> ones;
            case "token_type_ids" -> new long[tokens.length];
            default ->
                throw new IllegalArgumentException("The model asks for '%s'.".formatted(input));
          };
      values.put(input, new Longs(shape, numbers));
    }
    for (int i = 0; i < operators.size(); i++) {
      Node node = graph.nodes().get(i);
      List<Tensor> in = new ArrayList<>();
      for (String name : node.inputs()) {
        in.add(known(values.get(name), name));
      }
      values.put(node.outputs().getFirst(), operators.get(i).run(node, in));
      for (String name : node.inputs()) {
        if (lastUses.getOrDefault(name, -1) == i) {
          values.remove(name);
        }
      }
    }
    if (!(known(values.get(graph.output()), graph.output()) instanceof Floats states)
        || states.rank() != 3
        || states.shape()[1] != tokens.length) {
      throw new IllegalArgumentException("The model does not give one vector a token.");
    }
    return states;
  }

  private static Tensor known(@Nullable Tensor value, String name) {
    if (value == null) {
      throw new IllegalArgumentException(
          "Nothing has made '%s' before it is used.".formatted(name));
    }
    return value;
  }

  /** So that what no later operator needs can be forgotten. */
  private static Map<String, Integer> lastUses(Graph graph) {
    Map<String, Integer> uses = new HashMap<>();
    for (int i = 0; i < graph.nodes().size(); i++) {
      for (String name : graph.nodes().get(i).inputs()) {
        uses.put(name, i);
      }
    }
    uses.remove(graph.output());
    return uses;
  }

  private static ByteBuffer checked(ModelManifest model, String suffix, Files files) {
    List<ModelFile> found =
        model.files().stream().filter(file -> file.path().endsWith(suffix)).toList();
    if (found.size() != 1) {
      throw new IllegalArgumentException(
          "%s has %d files that end in %s; one can be replayed."
              .formatted(model.name(), found.size(), suffix));
    }
    ModelFile file = found.getFirst();
    ByteBuffer bytes = files.open(file);
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update(bytes.duplicate());
      if (!Digest.of(sha256.digest()).equals(file.sha256())) {
        throw new IllegalArgumentException(
            "%s is not the file of the manifest: its SHA-256 is another.".formatted(file.path()));
      }
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
    return bytes;
  }
}
