package dev.assay.settlement.transaction;

import dev.assay.protocol.Bytes;
import dev.assay.protocol.Digest;
import dev.assay.protocol.admin.ChainErrand;
import dev.assay.settlement.platform.Rows;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** What was to be sent and what became of it, for people to see. */
@Component
public class Errands {
  private static final String COLUMNS =
      "select id, purpose, subject, state, nonce, refusals, refusal, planned_at, ended_at from"
          + " outgoing";

  private final JdbcClient jdbc;

  Errands(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** Not ended, the oldest first. */
  public List<ChainErrand> onTheirWay(int most) {
    return jdbc.sql(COLUMNS + " where state in ('PLANNED', 'SENT') order by id limit :most")
        .param("most", most)
        .query(this::errand)
        .list();
  }

  /** About one thing, the oldest first. */
  public List<ChainErrand> about(String subject, List<Purpose> purposes, int most) {
    return jdbc.sql(
            COLUMNS
                + " where subject = :subject and purpose in (:purposes) order by id limit :most")
        .param("subject", subject)
        .param("purposes", purposes.stream().map(Purpose::name).toList())
        .param("most", most)
        .query(this::errand)
        .list();
  }

  /** With which bytes the chain was asked for it, or is; nothing if none were signed. */
  public Optional<Bytes> signedFor(Purpose purpose, String subject) {
    return jdbc.sql(
            """
            select data from outgoing
             where purpose = :purpose and subject = :subject and state in ('SENT', 'FINAL')
             order by id desc limit 1\
            """)
        .param("purpose", purpose.name())
        .param("subject", subject)
        .query((row, _) -> Bytes.of(row.getBytes("data")))
        .optional();
  }

  private ChainErrand errand(ResultSet row, int index) throws SQLException {
    return new ChainErrand(
        row.getString("purpose"),
        row.getString("subject"),
        row.getString("state"),
        (Long) row.getObject("nonce"),
        row.getInt("refusals"),
        row.getString("refusal"),
        Rows.instant(row, "planned_at"),
        Rows.maybeInstant(row, "ended_at").orElse(null),
        attempts(row.getLong("id")));
  }

  private List<ChainErrand.Signed> attempts(long id) {
    List<ChainErrand.Signed> attempts = new ArrayList<>();
    jdbc.sql(
            """
            select hash, most, tip, gas_limit, signed_at, sent_at from attempt
             where outgoing_id = :id order by most\
            """)
        .param("id", id)
        .query(row -> {
          attempts.add(
              new ChainErrand.Signed(
                  Digest.parse(row.getString("hash")),
                  row.getLong("most"),
                  row.getLong("tip"),
                  row.getLong("gas_limit"),
                  Rows.instant(row, "signed_at"),
                  Rows.maybeInstant(row, "sent_at").orElse(null)));
        });
    return attempts;
  }
}
