package dev.assay.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** {@code assay bench admin}: in small that each list can be asked for, at night how fast. */
class AdminListsAcceptanceTests {
  @Test
  void each_list_is_asked_for_with_each_of_its_filters() throws Exception {
    assertThat(RunningUp.run("bench", "admin", "--jobs=5000", "--workers=50", "--times=4"))
        .startsWith("exit 0")
        .contains(
            "GET /api/admin/jobs?requester ",
            "GET /api/admin/jobs/{job} ",
            "GET /api/admin/workers?selling ",
            "GET /api/admin/requesters ",
            "GET /api/admin/epochs ",
            "GET /api/admin/audits?open ",
            "GET /api/admin/cases ",
            "GET /api/admin/log?who ",
            "GET /api/admin/market ");
  }

  @Test
  @EnabledIfSystemProperty(named = "assay.nightly", matches = "true")
  void a_million_jobs_and_ten_thousand_workers_do_not_make_them_slow() throws Exception {
    String told = RunningUp.run("bench", "admin", "--strict");

    assertThat(told).as(told).startsWith("exit 0");
  }
}
