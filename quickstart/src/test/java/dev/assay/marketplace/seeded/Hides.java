package dev.assay.marketplace.seeded;

import org.springframework.stereotype.Component;

class Hides {
  @Component
  static class Hidden {}
}
