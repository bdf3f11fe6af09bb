package dev.assay.protocol.seeded;

final class PriceHelper {
  private PriceHelper() {}
}
