package dev.assay.quickstart.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** The least that an agent could be: asks a market one question, and waits until it is stopped. */
public final class OneQuestion {
  private OneQuestion() {}

  /**
   * @param arguments what to ask, and the file to make when it is answered
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    try (var client = HttpClient.newHttpClient()) {
      client.send(
          HttpRequest.newBuilder(URI.create(arguments[0])).build(), BodyHandlers.discarding());
      Files.createFile(Path.of(arguments[1]));
      new CountDownLatch(1).await();
    }
  }
}
