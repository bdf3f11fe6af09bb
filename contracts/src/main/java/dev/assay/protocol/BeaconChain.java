package dev.assay.protocol;

/**
 * The operator's preimages, one for each epoch: a hash chain made backwards from a secret, so that
 * each revealed preimage is checked against the one before and none can be chosen late. The Court
 * holds its end, {@link #anchor}.
 */
public final class BeaconChain {
  /** Bounds the memory; 65,536 epochs of ten minutes are fifteen months. */
  public static final int MAX_LENGTH = 1 << 16;

  private final Digest[] links;

  private BeaconChain(Digest[] links) {
    this.links = links;
  }

  /**
   * @param secret 32 bytes of strong chance, as well kept as a key
   * @param length how many epochs it serves, 1 to {@value #MAX_LENGTH}
   */
  public static BeaconChain of(Digest secret, int length) {
    Check.range("The length of a beacon chain", length, 1, MAX_LENGTH);
    Digest[] links = new Digest[length + 1];
    links[length] = secret;
    for (int i = length; i > 0; i--) {
      links[i - 1] = commitmentOf(links[i]);
    }
    return new BeaconChain(links);
  }

  /** What the Court compares with the commitment that a preimage must open. */
  public static Digest commitmentOf(Digest preimage) {
    return Digest.keccak256(preimage.toBytes());
  }

  /** The commitment of the first preimage. */
  public Digest anchor() {
    return links[0];
  }

  public int length() {
    return links.length - 1;
  }

  /**
   * @param position 1 for the first epoch after the anchor, at most {@link #length}
   */
  public Digest preimage(int position) {
    Check.range("The position in a beacon chain", position, 1, length());
    return links[position];
  }

  /** Shows the anchor only. */
  @Override
  public String toString() {
    return "BeaconChain[" + anchor() + "]";
  }
}
