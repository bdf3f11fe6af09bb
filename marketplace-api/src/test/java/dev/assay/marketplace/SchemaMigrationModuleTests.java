package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.marketplace.platform.SchemaMigration;
import dev.assay.quickstart.stack.testing.BackingServices;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.sql.DataSource;
import org.flywaydb.core.api.FlywayException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;

class SchemaMigrationModuleTests {
  /** A version that comes later: one migration at the end of an area, one after all. */
  @Test
  void a_process_of_this_version_starts_on_the_schema_of_a_later_one(@TempDir Path later)
      throws Exception {
    Files.writeString(
        later.resolve("V0019_9__extend_an_area.sql"), "alter table worker add column later text;");
    Files.writeString(
        later.resolve("V9998__extend_all.sql"), "create table later (id bigint primary key);");
    try (var newer =
        new SpringApplicationBuilder(SchemaMigration.class, BackingServices.class)
            .web(WebApplicationType.NONE)
            .run("--spring.flyway.locations=classpath:db/migration,filesystem:" + later)) {
      var database = newer.getBean(JdbcConnectionDetails.class);
      assertThat(migrations(newer)).isGreaterThan(30);
      String[] arguments = {
        "--spring.datasource.url=" + database.getJdbcUrl(),
        "--spring.datasource.username=" + database.getUsername(),
        "--spring.datasource.password=" + database.getPassword()
      };
      long before = migrations(newer);

      SchemaMigration.main(arguments);

      assertThat(migrations(newer)).isEqualTo(before);
      // It is the setting that lets it: what is there and not known is no fault.
      assertThatThrownBy(() ->
              new SpringApplicationBuilder(SchemaMigration.class)
                  .web(WebApplicationType.NONE)
                  .properties("spring.main.log-startup-info=false")
                  .run(with(arguments, "--spring.flyway.ignore-migration-patterns=*:future")))
          .hasRootCauseInstanceOf(FlywayException.class);
    }
  }

  private static String[] with(String[] arguments, String more) {
    String[] all = Arrays.copyOf(arguments, arguments.length + 1);
    all[arguments.length] = more;
    return all;
  }

  private static long migrations(ConfigurableApplicationContext owner) {
    return JdbcClient.create(owner.getBean("dataSource", DataSource.class))
        .sql("select count(*) from marketplace.flyway_schema_history")
        .query(Long.class)
        .single();
  }
}
