package dev.assay.marketplace.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.marketplace.MarketModuleTest;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.annotation.PersistenceExceptionTranslationPostProcessor;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionOperations;

/** What stands between a repository and its callers: nothing, and errors keep their names. */
@MarketModuleTest
class RepositoriesModuleTests {
  private static final String NO_ADDRESS = "0xNOT";

  @Autowired private ApplicationContext context;
  @Autowired private Workers workers;
  @Autowired private TransactionOperations transaction;
  @Autowired private JdbcClient jdbc;

  @Test
  void nothing_makes_proxies_of_repositories_to_translate_errors_a_second_time() {
    assertThat(context.getBeanNamesForType(PersistenceExceptionTranslationPostProcessor.class))
        .isEmpty();
    assertThat(context.getBean("jobs")).matches(it -> !AopUtils.isAopProxy(it), "is no proxy");
  }

  @Test
  void what_the_database_refuses_has_springs_name_by_jdbc_and_by_jpa() {
    assertThatThrownBy(
            () -> transaction.execute(_ -> workers.enrolIfAbsent(NO_ADDRESS, "1.0", Instant.EPOCH)))
        .isInstanceOf(DataIntegrityViolationException.class);
    assertThatThrownBy(() ->
            jdbc.sql(
                    "insert into worker (address, agent_version, enrolled_at) values (?, '1.0',"
                        + " now())")
                .param(NO_ADDRESS)
                .update())
        .isInstanceOf(DataIntegrityViolationException.class);
  }
}
