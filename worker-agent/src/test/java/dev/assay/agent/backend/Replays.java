package dev.assay.agent.backend;

import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.replay.StrictReplay;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;

/** The agent's own model files, replayed; also a process that prints what it got. */
final class Replays {
  /** Few and short: an interpreter runs them too. */
  static final List<String> TEXTS =
      List.of("Assay.", "Compute off chain, judge on chain.", "Zwölf Boxkämpfer & 42 €");

  private Replays() {}

  static StrictReplay of(Path store) {
    var files = new ModelStore(store);
    return StrictReplay.of(
        KnownModels.ALL_MINILM_L6_V2,
        file -> {
          try (var channel = FileChannel.open(files.file(file, () -> OnnxEmbeddings.open(file)))) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /** SHA-256 of the vectors' bytes. */
  static String sha256(StrictReplay replay) throws Exception {
    byte[] vectors = replay.embed(new EmbeddingsInput(TEXTS)).float32();
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(vectors));
  }

  /**
   * @param args the store
   */
  public static void main(String... args) throws Exception {
    System.out.println(sha256(of(Path.of(args[0]))));
  }
}
