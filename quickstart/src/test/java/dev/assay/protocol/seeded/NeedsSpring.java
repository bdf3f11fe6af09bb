package dev.assay.protocol.seeded;

import org.springframework.util.Assert;

class NeedsSpring {
  void check(String text) {
    Assert.hasText(text, "text");
  }
}
