package dev.assay.agent.backend;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;

/**
 * Unpacks ONNX Runtime's native libraries once, beside the weights. By itself it unpacks 28 MB into
 * the system's temporary folder at each start and leaves them there when the process is killed.
 */
final class NativeRuntime {
  /** Read by ONNX Runtime when its classes are first used. */
  private static final String PATH = "onnxruntime.native.path";

  private static final List<String> LIBRARIES = List.of("onnxruntime", "onnxruntime4j_jni");

  private NativeRuntime() {}

  /** Does nothing on a system for which there are none: ONNX Runtime then says so better. */
  static void unpack(Path store) throws IOException {
    if (System.getProperty(PATH) != null) {
      return;
    }
    String platform = platform();
    Path folder = store.resolve("onnxruntime-" + platform);
    for (String library : LIBRARIES) {
      String file = System.mapLibraryName(library);
      URL resource =
          NativeRuntime.class.getResource("/ai/onnxruntime/native/" + platform + "/" + file);
      if (resource == null) {
        return;
      }
      copy(resource, folder.resolve(file));
    }
    System.setProperty(PATH, folder.toString());
  }

  private static void copy(URL resource, Path target) throws IOException {
    URLConnection connection = resource.openConnection();
    connection.setUseCaches(false);
    try (InputStream in = connection.getInputStream()) {
      if (Files.exists(target) && Files.size(target) == connection.getContentLengthLong()) {
        return;
      }
      Files.createDirectories(target.getParent());
      Path draft = Files.createTempFile(target.getParent(), "library", ".part");
      try {
        Files.copy(in, draft, StandardCopyOption.REPLACE_EXISTING);
        Files.move(
            draft, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(draft);
      }
    }
  }

  /** As the folders of ONNX Runtime's jar are called. */
  private static String platform() {
    String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    String system = os.contains("mac") ? "osx" : os.contains("win") ? "win" : "linux";
    return system + "-" + (arch.equals("aarch64") ? "aarch64" : "x64");
  }
}
