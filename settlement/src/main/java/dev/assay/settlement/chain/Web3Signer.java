package dev.assay.settlement.chain;

import dev.assay.protocol.Bytes;
import dev.assay.protocol.Signature;
import dev.assay.protocol.Signer;
import dev.assay.protocol.WalletAddress;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * A key in a Web3Signer, which never leaves it: {@code POST /api/v1/eth1/sign/{public key}} with
 * the message, whose Keccak-256 the signer makes itself. What comes back is believed only if it is
 * a signature by that key over that message.
 */
public final class Web3Signer implements Signer {
  private static final int MOST_BYTES = 4_096;

  private final URI sign;
  private final WalletAddress address;
  private final HttpClient http;
  private final Duration timeout;
  private final CircuitBreaker breaker;
  private final JsonMapper json;

  /**
   * @param publicKey 64 bytes, x and y
   */
  Web3Signer(
      URI url,
      Bytes publicKey,
      HttpClient http,
      Duration timeout,
      CircuitBreaker breaker,
      JsonMapper json) {
    this.breaker = breaker;
    if (publicKey.size() != 64) {
      throw new IllegalArgumentException(
          "A public key is 64 bytes, x and y, not %d.".formatted(publicKey.size()));
    }
    byte[] hash = publicKey.keccak256().toBytes();
    this.address =
        new WalletAddress(Bytes.of(Arrays.copyOfRange(hash, 12, hash.length)).toString());
    this.sign = url.resolve("/api/v1/eth1/sign/" + publicKey);
    this.http = http;
    this.timeout = timeout;
    this.json = json;
  }

  @Override
  public WalletAddress address() {
    return address;
  }

  /**
   * @throws ChainUnavailable if the signer gives no such signature; nothing was sent
   */
  @Override
  public Signature signHashOf(byte[] message) {
    try {
      return breaker.executeSupplier(() -> ask(message));
    } catch (CallNotPermittedException e) {
      throw new ChainUnavailable("The Web3Signer failed too often and is given a rest", e);
    }
  }

  private Signature ask(byte[] message) {
    Bytes data = Bytes.of(message);
    var request =
        HttpRequest.newBuilder(sign)
            .timeout(timeout)
            .header("content-type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofByteArray(
                    json.writeValueAsBytes(Map.of("data", data.toString()))))
            .build();
    try {
      var response =
          http.send(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MOST_BYTES));
      if (response.statusCode() != 200) {
        throw new ChainUnavailable(
            "The Web3Signer answered with HTTP status " + response.statusCode(), null);
      }
      String text = new String(response.body(), StandardCharsets.US_ASCII).strip();
      Signature signature = Signature.parse(text);
      if (!signature.signerOf(data.keccak256()).map(address::equals).orElse(false)) {
        throw new ChainUnavailable("The Web3Signer signed with another key", null);
      }
      return signature;
    } catch (IOException e) {
      throw new ChainUnavailable("The Web3Signer did not answer", e);
    } catch (IllegalArgumentException e) {
      throw new ChainUnavailable("The Web3Signer answered no signature", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ChainUnavailable("Interrupted while the Web3Signer was asked", e);
    }
  }

  @Override
  public String toString() {
    return "Web3Signer[" + address + "]";
  }
}
