package dev.assay.marketplace.seeded;

import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;

class HasInjectedField {
  @Autowired @Nullable Clock clock;
}
