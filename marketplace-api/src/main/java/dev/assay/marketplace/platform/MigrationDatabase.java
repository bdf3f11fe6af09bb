package dev.assay.marketplace.platform;

import javax.sql.DataSource;
import org.springframework.boot.flyway.autoconfigure.FlywayDataSource;
import org.springframework.boot.jdbc.DataSourceBuilder;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;

/**
 * Migrations have connections of their own, beside the pool: it lets callers wait for a quarter of
 * a second and no longer, in which a busy machine may not open the second connection that a
 * migration wants, and then the process would not start.
 */
@Configuration(proxyBeanMethods = false)
class MigrationDatabase {
  @Bean(defaultCandidate = false)
  @FlywayDataSource
  DataSource forMigrations(JdbcConnectionDetails database) {
    return DataSourceBuilder.create()
        .type(SimpleDriverDataSource.class)
        .url(database.getJdbcUrl())
        .username(database.getUsername())
        .password(database.getPassword())
        .build();
  }
}
