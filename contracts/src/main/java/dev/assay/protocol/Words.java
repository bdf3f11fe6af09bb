package dev.assay.protocol;

import java.nio.ByteBuffer;

/**
 * The ABI encoding of static values: one word of 32 bytes each, big-endian. EIP-712 and our Merkle
 * leaves hash the same words, so both are made here.
 */
final class Words {
  private static final int WORD = 32;

  private final ByteBuffer buffer;

  /**
   * @param count how many words will be put, exactly
   */
  Words(int count) {
    this.buffer = ByteBuffer.allocate(count * WORD);
  }

  Words digest(Digest digest) {
    buffer.put(digest.toBytes());
    return this;
  }

  Words digests(Iterable<Digest> digests) {
    digests.forEach(this::digest);
    return this;
  }

  Words address(WalletAddress address) {
    return skip(12).put(address.toBytes());
  }

  /** Not negative: the callers' types have no sign. */
  Words number(long number) {
    return skip(24).putLong(number);
  }

  Words amount(TokenAmount amount) {
    return skip(24).putLong(amount.bits());
  }

  /** A {@code bytes16}. */
  Words leftAligned(long high, long low) {
    return putLong(high).putLong(low).skip(16);
  }

  byte[] toBytes() {
    if (buffer.hasRemaining()) {
      throw new IllegalStateException(buffer.remaining() + " bytes are missing.");
    }
    return buffer.array();
  }

  Digest keccak256() {
    return Digest.keccak256(toBytes());
  }

  /** OpenZeppelin's leaf: hashed twice, so that no inner node of a tree passes for one. */
  Digest leaf() {
    return Digest.keccak256(keccak256().toBytes());
  }

  private Words skip(int zeros) {
    buffer.position(buffer.position() + zeros);
    return this;
  }

  private Words put(byte[] bytes) {
    buffer.put(bytes);
    return this;
  }

  private Words putLong(long bits) {
    buffer.putLong(bits);
    return this;
  }
}
