package dev.assay.protocol.wire;

/**
 * A worker signs in: {@code POST /worker/v1/sessions}.
 *
 * @param message an EIP-4361 message (SIWE) that names the <em>session key</em> as its account and
 *     a nonce of {@code POST /api/auth/siwe/nonce}
 * @param signature EIP-191, by the session key: {@code 0x} and 130 hexadecimal digits
 */
public record SessionRequest(String message, String signature) {
  @Override
  public String toString() {
    return "SessionRequest[signature and message not shown]";
  }
}
