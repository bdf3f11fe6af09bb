package dev.assay.protocol.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.assay.protocol.Digest;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * A row of the log of operators: what was done, or tried, and its place in the chain.
 *
 * @param number 1 for the first
 * @param at by the database's clock, in microseconds
 * @param who the operator's name; {@code nobody} for a stranger
 * @param action what was done, for example {@code pause}, or the operation that was refused
 * @param subject to what, for example {@code worker 0x5fbd…}
 * @param why in the operator's words
 * @param outcome {@code done}, or the code of the problem by which it was refused
 * @param before what was changed, as JSON; empty if nothing was
 * @param after what it was changed to, as JSON; empty if nothing was
 * @param request the id of the request; empty for what was not done by the API
 * @param previous the hash of the row before; zero for the first
 * @param hash SHA-256 over all other members, in this order
 */
public record LoggedAction(
    long number,
    Instant at,
    String who,
    String action,
    String subject,
    String why,
    String outcome,
    String before,
    String after,
    String request,
    Digest previous,
    Digest hash) {

  /** What {@link #hash} should be; the database says the same in SQL. */
  public Digest computedHash() {
    MessageDigest sha256;
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256.", e);
    }
    for (String field :
        List.of(
            Long.toString(number),
            Long.toString(ChronoUnit.MICROS.between(Instant.EPOCH, at)),
            who,
            action,
            subject,
            why,
            outcome,
            before,
            after,
            request,
            previous.toString())) {
      byte[] bytes = field.getBytes(UTF_8);
      // With its length in front no field can pass for the end of another.
      sha256.update((bytes.length + ":").getBytes(UTF_8));
      sha256.update(bytes);
    }
    return Digest.of(sha256.digest());
  }

  public LogHead head() {
    return new LogHead(number, hash);
  }
}
