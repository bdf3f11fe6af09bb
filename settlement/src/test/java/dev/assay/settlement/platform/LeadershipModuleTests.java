package dev.assay.settlement.platform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.quickstart.stack.testing.BackingServices;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;

/** Two processes on one database. */
class LeadershipModuleTests {
  @Test
  void who_cannot_raise_the_term_leaves_the_office_to_others() throws Exception {
    try (var schema =
        new SpringApplicationBuilder(SchemaMigration.class, BackingServices.class)
            .web(WebApplicationType.NONE)
            .run()) {
      var database = schema.getBean(DataSource.class);
      var first = new Leadership(database, new SimpleMeterRegistry());
      var second = new Leadership(database, new SimpleMeterRegistry());
      try (var other = database.getConnection();
          var statement = other.createStatement()) {
        other.setAutoCommit(false);
        statement.execute("lock table sender_term"); // for longer than lock_timeout
        assertThat(first.isOurs()).isFalse();
        other.rollback();
      }

      assertThat(second.isOurs()).isTrue();
      assertThat(first.isOurs()).isFalse();
      second.destroy();
      assertThat(first.isOurs()).isTrue();
      first.destroy();
    }
  }
}
