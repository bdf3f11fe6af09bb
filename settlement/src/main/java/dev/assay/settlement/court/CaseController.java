package dev.assay.settlement.court;

import dev.assay.protocol.Bytes;
import dev.assay.protocol.Digest;
import dev.assay.protocol.admin.CaseBundle;
import dev.assay.settlement.platform.Rows;
import dev.assay.settlement.transaction.Errands;
import dev.assay.settlement.transaction.Purpose;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** The evidence of a case, as it was handed to the Court, for whoever wants to judge it. */
@RestController
class CaseController {
  private static final List<Purpose> PURPOSES =
      List.of(Purpose.OPEN_CASE, Purpose.COMPENSATE, Purpose.CLOSE_CASE);
  private static final int ERRANDS = 50;

  private final JdbcClient jdbc;
  private final Errands errands;

  CaseController(JdbcClient jdbc, Errands errands) {
    this.jdbc = jdbc;
    this.errands = errands;
  }

  @GetMapping("/api/cases/{id}")
  ResponseEntity<CaseBundle> bundle(@PathVariable String id) {
    return find(Digest.parse(id)).map(ResponseEntity::ok).orElse(ResponseEntity.notFound().build());
  }

  private Optional<CaseBundle> find(Digest id) {
    return jdbc.sql(
            """
            select coalesce(c.offence, e.offence) as offence, e.came_at,
                   c.id is not null as is_open, e.data as evidence, h.data as harm
              from (select :id::text as id) wanted
              left join evidence e on e.case_id = wanted.id
              left join harm h on h.case_id = wanted.id
              left join court_case c on c.id = wanted.id
             where e.case_id is not null or c.id is not null\
            """)
        .param("id", id.toString())
        .query((row, _) ->
            new CaseBundle(
                id,
                row.getString("offence"),
                row.getBoolean("is_open")
                    ? handed(Purpose.OPEN_CASE, id, row.getBytes("evidence"))
                    : null,
                Rows.maybeInstant(row, "came_at").orElse(null),
                row.getBoolean("is_open")
                    ? handed(Purpose.COMPENSATE, id, row.getBytes("harm"))
                    : null,
                errands.about(id.toString(), PURPOSES, ERRANDS)))
        .optional();
  }

  /**
   * What was signed, though better may have come since; what was kept, if another handed it over.
   */
  private @Nullable Bytes handed(Purpose purpose, Digest id, byte @Nullable [] kept) {
    return errands
        .signedFor(purpose, id.toString())
        .orElseGet(() -> kept == null ? null : Bytes.of(kept));
  }

  /** What is no id of a case. */
  @ExceptionHandler
  ProblemDetail refuse(IllegalArgumentException wrong) {
    return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, wrong.getMessage());
  }
}
