package dev.assay.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.UUID;

/** Names one job of one requester, who makes it. {@code job_} and a UUIDv7. */
public record JobId(UUID uuid) {
  private static final String PREFIX = "job_";

  /**
   * @throws IllegalArgumentException unless {@code text} is {@code job_} and a canonical UUID
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public static JobId parse(String text) {
    return new JobId(PrefixedUuid.parse(PREFIX, text));
  }

  /**
   * The job's name in everything that is signed: keccak256(abi.encode(requester, bytes16 uuid)), so
   * that nobody can squat on another's id.
   */
  public Digest of(WalletAddress requester) {
    Check.someone("requester", requester);
    return new Words(2)
        .address(requester)
        .leftAligned(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits())
        .keccak256();
  }

  /** The UUID's 16 bytes followed by 16 zero bytes. */
  public Digest word() {
    return Digest.of(
        new Words(1)
            .leftAligned(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits())
            .toBytes());
  }

  @JsonValue
  @Override
  public String toString() {
    return PREFIX + uuid;
  }
}
