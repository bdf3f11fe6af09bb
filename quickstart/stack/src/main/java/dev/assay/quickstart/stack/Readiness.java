package dev.assay.quickstart.stack;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** One look at whether a process can be used. */
@FunctionalInterface
public interface Readiness {
  /** May throw as long as the process is not there yet. */
  boolean isReady() throws IOException, InterruptedException;

  /** The process itself makes this file once it is ready. */
  static Readiness whenExists(Path file) {
    return () -> Files.exists(file);
  }

  /** The address answers 200, as Spring Boot's readiness group does. */
  static Readiness whenOk(HttpClient http, URI address) {
    HttpRequest request = HttpRequest.newBuilder(address).timeout(Duration.ofSeconds(2)).build();
    return () -> http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
  }
}
