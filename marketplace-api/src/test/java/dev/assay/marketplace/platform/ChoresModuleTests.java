package dev.assay.marketplace.platform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.marketplace.MarketModuleTest;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Beside replicas that are only said to live. */
@MarketModuleTest
class ChoresModuleTests {
  private final Chores chores;
  private final Replicas replicas;
  private final JdbcClient jdbc;
  private final List<UUID> others = new ArrayList<>();

  ChoresModuleTests(
      @Autowired ObjectProvider<Replicas> provider,
      @Autowired Replicas replicas,
      @Autowired JdbcClient jdbc) {
    this.chores = new Chores(provider);
    this.replicas = replicas;
    this.jdbc = jdbc;
  }

  static class Example {
    private int forAll;
    private int forItself;

    @ByOneReplica
    void doForAll() {
      forAll++;
    }

    void doForItself() {
      forItself++;
    }
  }

  @AfterEach
  void die() {
    others.forEach(
        other -> jdbc.sql("delete from replica where id = :id").param("id", other).update());
    replicas.look();
  }

  private void live(UUID other) {
    others.add(other);
    jdbc.sql(
            "insert into replica (id, started_at, seen_at) values (:id, clock_timestamp(),"
                + " clock_timestamp() + interval '1 hour')")
        .param("id", other)
        .update();
    replicas.look();
  }

  @Test
  void what_one_does_for_all_is_left_to_another_while_that_one_lives() throws Exception {
    var example = new Example();
    Runnable forAll =
        chores.createRunnable(example, Example.class.getDeclaredMethod("doForAll"), "");
    Runnable forItself =
        chores.createRunnable(example, Example.class.getDeclaredMethod("doForItself"), "");
    forAll.run();
    assertThat(example.forAll).isEqualTo(1);

    while (replicas.isMine("Example.doForAll")) {
      live(UUID.randomUUID());
    }
    forAll.run();
    forItself.run();
    assertThat(example.forAll).isEqualTo(1);
    assertThat(example.forItself).isEqualTo(1);

    die();
    forAll.run();
    assertThat(example.forAll).isEqualTo(2);
  }

  @Test
  void chores_are_spread_over_those_that_live() {
    for (int i = 0; i < 3; i++) {
      live(UUID.randomUUID());
    }
    int mine = 0;
    for (int chore = 0; chore < 400; chore++) {
      mine += replicas.isMine("chore " + chore) ? 1 : 0;
    }
    assertThat(mine).isBetween(50, 150);
  }
}
