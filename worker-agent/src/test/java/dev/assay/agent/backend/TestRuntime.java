package dev.assay.agent.backend;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import dev.assay.protocol.replay.SentenceVector;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** ONNX Runtime set up otherwise than the agent does: by honest people, and by cheats. */
final class TestRuntime implements AutoCloseable {
  private final OrtEnvironment runtime =
      OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "assay");
  private final OrtSession session;

  TestRuntime(byte[] onnx, int threads, OptLevel level) throws OrtException {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      options.setOptimizationLevel(level);
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      session = runtime.createSession(onnx, options);
    }
  }

  /** Vectors of all texts, so many in a run; the shorter of a batch are padded and masked. */
  List<float[]> embed(List<int[]> texts, int batch) throws OrtException {
    List<float[]> vectors = new ArrayList<>(texts.size());
    for (int from = 0; from < texts.size(); from += batch) {
      addBatch(texts.subList(from, Math.min(texts.size(), from + batch)), vectors);
    }
    return vectors;
  }

  private void addBatch(List<int[]> texts, List<float[]> into) throws OrtException {
    int longest = texts.stream().mapToInt(ids -> ids.length).max().orElseThrow();
    long[] ids = new long[texts.size() * longest];
    long[] mask = new long[ids.length];
    for (int i = 0; i < texts.size(); i++) {
      for (int t = 0; t < texts.get(i).length; t++) {
        ids[i * longest + t] = texts.get(i)[t];
        mask[i * longest + t] = 1;
      }
    }
    long[] shape = {texts.size(), longest};
    try (OnnxTensor tokens = OnnxTensor.createTensor(runtime, LongBuffer.wrap(ids), shape);
        OnnxTensor masks = OnnxTensor.createTensor(runtime, LongBuffer.wrap(mask), shape);
        OnnxTensor types =
            OnnxTensor.createTensor(runtime, LongBuffer.wrap(new long[ids.length]), shape);
        OrtSession.Result result =
            session.run(
                Map.of("input_ids", tokens, "attention_mask", masks, "token_type_ids", types))) {
      FloatBuffer states = ((OnnxTensor) result.get(0)).getFloatBuffer();
      int width = states.remaining() / texts.size();
      int dimensions = width / longest;
      for (int i = 0; i < texts.size(); i++) {
        int length = texts.get(i).length;
        into.add(SentenceVector.of(states.slice(i * width, length * dimensions), length));
      }
    }
  }

  @Override
  public void close() throws OrtException {
    session.close();
  }
}
