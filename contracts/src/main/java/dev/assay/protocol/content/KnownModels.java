package dev.assay.protocol.content;

import dev.assay.protocol.Digest;
import dev.assay.protocol.content.ModelManifest.ModelFile;
import java.util.List;

/** Models that every market and every agent knows without being told. */
public final class KnownModels {
  /** The sentence embeddings that agents run by themselves: 384 dimensions, 32-bit floats. */
  public static final ModelManifest ALL_MINILM_L6_V2 =
      new ModelManifest(
          "all-minilm-l6-v2",
          JobKind.EMBEDDINGS,
          256,
          List.of(
              new ModelFile(
                  "all-minilm-l6-v2.onnx",
                  90_387_606,
                  Digest.parse(
                      "0x759c3cd2b7fe7e93933ad23c4c9181b7396442a2ed746ec7c1d46192c469c46e")),
              new ModelFile(
                  "all-minilm-l6-v2-tokenizer.json",
                  711_661,
                  Digest.parse(
                      "0xda0e79933b9ed51798a3ae27893d3c5fa4a201126cef75586296df9b4d2c62a0"))));

  private KnownModels() {}
}
