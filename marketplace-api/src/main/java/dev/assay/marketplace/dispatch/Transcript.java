package dev.assay.marketplace.dispatch;

import dev.assay.protocol.Digest;
import dev.assay.protocol.wire.OutputPiece;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What an attempt has said so far. Guarded by the lock of its {@link JobFeed}. */
final class Transcript {
  /** The worker may stream more; it is then only in the result. */
  static final int LARGEST = 1024 * 1024;

  private final int attempt;
  private final StringBuilder text = new StringBuilder();
  private long bytes;
  private boolean isWhole;

  Transcript(int attempt) {
    this.attempt = attempt;
  }

  int attempt() {
    return attempt;
  }

  CharSequence text() {
    return text;
  }

  long bytes() {
    return bytes;
  }

  boolean isWhole() {
    return isWhole;
  }

  /** What became of a piece. */
  enum Added {
    NEW,
    KNOWN,
    /** Something before it is missing, or it begins within a character. */
    APART,
    /** It would be too much; nothing more is taken. */
    FULL
  }

  /** A piece may overlap what is here: a stream that broke begins again. */
  Added add(OutputPiece piece) {
    byte[] piecesBytes = piece.text().getBytes(StandardCharsets.UTF_8);
    long known = bytes - piece.offset();
    if (known < 0) {
      return Added.APART;
    }
    if (known >= piecesBytes.length) {
      return Added.KNOWN;
    }
    int from = (int) known;
    if ((piecesBytes[from] & 0xc0) == 0x80) {
      return Added.APART;
    }
    if (bytes + piecesBytes.length - from > LARGEST) {
      return Added.FULL;
    }
    text.append(
        from == 0
            ? piece.text()
            : new String(
                Arrays.copyOfRange(piecesBytes, from, piecesBytes.length), StandardCharsets.UTF_8));
    bytes += piecesBytes.length - from;
    return Added.NEW;
  }

  void end() {
    isWhole = true;
  }

  /** The attested text is the law: followers get what they lack of it. */
  void complete(String attested) {
    text.setLength(0);
    text.append(attested);
    bytes = attested.getBytes(StandardCharsets.UTF_8).length;
    isWhole = true;
  }

  Digest digest() {
    return Digest.keccak256(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Whether what was said is how {@code attested} begins; all of it, if it was said to the end. */
  boolean isOf(String attested) {
    return isWhole
        ? text.compareTo(new StringBuilder(attested)) == 0
        : attested.startsWith(text.toString());
  }
}
