package dev.assay.settlement.platform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.quickstart.stack.testing.BackingServices;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.jdbc.core.simple.JdbcClient;

class SchemaMigrationModuleTests {
  @Test
  void makes_the_schema_with_neither_key_nor_node() {
    try (var migration =
        new SpringApplicationBuilder(SchemaMigration.class, BackingServices.class)
            .web(WebApplicationType.NONE)
            .run()) {
      var jdbc = JdbcClient.create(migration.getBean(DataSource.class));

      assertThat(jdbc.sql("select term from settlement.sender_term").query(Long.class).single())
          .isZero();
    }
  }
}
