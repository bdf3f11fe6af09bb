package dev.assay.settlement;

import org.junit.jupiter.api.Test;
import org.springframework.modulith.core.ApplicationModules;

class ModulesTests {
  @Test
  void each_module_depends_only_on_those_it_names_and_reaches_into_none() {
    ApplicationModules.of(SettlementApplication.class).verify();
  }
}
