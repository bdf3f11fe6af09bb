package dev.assay.marketplace.platform;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.context.annotation.Import;

/**
 * Brings the schema to where this version wants it, and ends; needs the database and nothing else.
 * Run before the first process of a version starts, so that none of them waits for a migration;
 * processes of the version before go on meanwhile.
 */
@ImportAutoConfiguration({DataSourceAutoConfiguration.class, FlywayAutoConfiguration.class})
@Import(MigrationDatabase.class)
public class SchemaMigration {
  public static void main(String[] args) {
    new SpringApplicationBuilder(SchemaMigration.class)
        .web(WebApplicationType.NONE)
        .run(args)
        .close();
  }
}
