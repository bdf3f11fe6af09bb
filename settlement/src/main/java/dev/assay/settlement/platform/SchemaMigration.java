package dev.assay.settlement.platform;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;

/**
 * Brings the schema to where this version wants it, and ends; needs the database and neither key
 * nor node. Run before the first process of a version starts.
 */
@ImportAutoConfiguration({DataSourceAutoConfiguration.class, FlywayAutoConfiguration.class})
public class SchemaMigration {
  public static void main(String[] args) {
    new SpringApplicationBuilder(SchemaMigration.class)
        .web(WebApplicationType.NONE)
        .run(args)
        .close();
  }
}
