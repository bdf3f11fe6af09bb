package dev.assay.quickstart.bench;

import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.JobInput;
import dev.assay.protocol.content.KnownModels;
import dev.assay.quickstart.stack.DatabaseLogin;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Open jobs with their money held, written as posts would have left them, many at once. */
public final class Backlog {
  private static final int REQUESTERS = 1_000;
  private static final JobInput INPUT = new EmbeddingsInput(List.of("backlog"));

  private final DatabaseLogin login;

  /**
   * @param login owns the market's schema
   */
  public Backlog(DatabaseLogin login) {
    this.login = login;
  }

  public void write(int jobs) throws SQLException {
    try (Connection connection = login.connect();
        var statement = connection.createStatement();
        var blob =
            connection.prepareStatement(
                """
                insert into blob values (?, ?, now() + interval '1 day') on conflict do nothing
                """);
        var insert =
            connection.prepareStatement(
                """
                insert into job (id, signed_id, requester, request_key, request_digest, model_digest, kind,
                                 input_digest, spec_digest, method, max_price, input_units, output_units,
                                 tier, wishes, deadline, posted_at, api_key)
                select id, sha256(id::text::bytea), '0x' || lpad(to_hex(1 + i % ?), 40, '0'), null,
                       sha256('asked'), ?, 'embeddings', ?, sha256('spec'), 2, 1, ?, 0, 'batch',
                       '{"sort":"price","only":[],"ignore":[],"regions":[],"minStake":"0"}',
                       date_trunc('second', now()) + interval '1 day', now(), null
                from (select i, gen_random_uuid() as id from generate_series(1, ?) as i) t
                """)) {
      connection.setAutoCommit(false);
      statement.execute("set search_path = marketplace");
      blob.setBytes(1, INPUT.digest().toBytes());
      blob.setBytes(2, MarketClient.JSON.writeValueAsBytes(INPUT));
      blob.executeUpdate();
      insert.setInt(1, REQUESTERS);
      insert.setBytes(2, KnownModels.ALL_MINILM_L6_V2.digest().toBytes());
      insert.setBytes(3, INPUT.digest().toBytes());
      insert.setLong(4, INPUT.mostInputUnits());
      insert.setInt(5, jobs);
      insert.executeUpdate();
      statement.execute(
          """
          insert into purse select requester, 1000000000, 1000000000, 0, 0, count(*), 1 from job group by 1;
          insert into transfer select gen_random_uuid(), 'reserve', 'available:' || requester,
            'reserved:' || requester, max_price, id, now() from job;
          insert into open_job (job, deadline, requester) select id, deadline, requester from job;
          """);
      connection.commit();
      connection.setAutoCommit(true);
      statement.execute("analyze");
    }
  }
}
