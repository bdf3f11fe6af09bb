package dev.assay.marketplace.identity;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.assay.marketplace.platform.OneTrip;
import dev.assay.marketplace.platform.OneTrip.Answer;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.protocol.TokenAmount;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;

/**
 * What jobs posted with a key may reserve in sum. Spending works in the transaction of the caller
 * and takes many at once, because posts are committed in groups. Keys are locked in the order of
 * their ids until that transaction ends; a constraint of the table holds the budget whatever is
 * decided here. A key without a budget costs no write.
 */
@Service
public class KeyBudgets {
  private static final int REMEMBERED = 10_000;

  private final JdbcClient jdbc;

  /** Whether a key has a budget is said when it is minted, and never changes. */
  private final Cache<UUID, Boolean> withoutBudget =
      Caffeine.newBuilder().maximumSize(REMEMBERED).executor(Runnable::run).build();

  KeyBudgets(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** Nothing for a key without a budget. */
  public Optional<TokenAmount> left(UUID key) {
    return jdbc.sql("select budget - spent from api_key where id = :key and budget is not null")
        .param("key", key)
        .query(String.class)
        .optional()
        .map(TokenAmount::parse);
  }

  /** Whether it was not revoked and has not lapsed: for what is posted with it long after. */
  public boolean isGood(UUID key) {
    return jdbc.sql(
            """
            select revoked_at is null and (expires_at is null or expires_at > now())
            from api_key where id = :key
            """)
        .param("key", key)
        .query(Boolean.class)
        .single();
  }

  /** Keys that are locked until the end of the transaction, once the trip has been made. */
  public final class Locked {
    private final Set<UUID> asked;
    private final Optional<Answer<Left>> answer;

    private Locked(Set<UUID> asked, Optional<Answer<Left>> answer) {
      this.asked = asked;
      this.answer = answer;
    }

    /** Of those with a budget. */
    private Map<UUID, TokenAmount> left() {
      Map<UUID, TokenAmount> left = new HashMap<>();
      answer.ifPresent(rows -> rows.rows().forEach(row -> left.put(row.key(), row.amount())));
      asked.stream()
          .filter(key -> !left.containsKey(key))
          .forEach(key -> withoutBudget.put(key, true));
      return left;
    }
  }

  private record Left(UUID key, TokenAmount amount) {}

  /** For {@link #spend}. */
  public Locked lock(Collection<UUID> keys, OneTrip trip) {
    Set<UUID> asked = perhapsWithBudget(keys);
    return new Locked(
        asked,
        asked.isEmpty()
            ? Optional.empty()
            : Optional.of(
                trip.ask(
                    """
                    select id, budget - spent as budget_left from api_key
                    where id = any (:keys) and budget is not null
                    order by id
                    for update
                    """,
                    Map.of("keys", asked.toArray(UUID[]::new)),
                    (row, _) ->
                        new Left(
                            row.getObject("id", UUID.class),
                            TokenAmount.parse(row.getString("budget_left"))))));
  }

  private Set<UUID> perhapsWithBudget(Collection<UUID> keys) {
    Set<UUID> perhaps = new HashSet<>(keys);
    perhaps.removeAll(withoutBudget.getAllPresent(perhaps).keySet());
    return perhaps;
  }

  /**
   * @param locked the keys of all of them
   * @return one answer for each, in order; several of one key are decided in order
   */
  public List<SpendResult> spend(List<KeySpend> spends, Locked locked, OneTrip trip) {
    Map<UUID, TokenAmount> left = locked.left();
    List<KeySpend> spent = new ArrayList<>();
    List<SpendResult> results = new ArrayList<>(spends.size());
    for (var spend : spends) {
      TokenAmount available = left.get(spend.key());
      if (available == null) { // no budget
        results.add(new SpendResult.Within());
      } else if (available.compareTo(spend.amount()) < 0) {
        results.add(new SpendResult.Exhausted(available));
      } else {
        left.put(spend.key(), available.minus(spend.amount()));
        spent.add(spend);
        results.add(new SpendResult.Within());
      }
    }
    change(spent, "", trip);
    return results;
  }

  /** Undoes {@link #spend} for jobs that cost nothing, or less than was reserved. */
  public void giveBack(List<KeySpend> spends, OneTrip trip) {
    Set<UUID> perhaps = perhapsWithBudget(spends.stream().map(KeySpend::key).toList());
    change(spends.stream().filter(spend -> perhaps.contains(spend.key())).toList(), "-", trip);
  }

  /** The refusal for a caller whose spend came out as {@link SpendResult.Exhausted}. */
  public static Problem exhausted(TokenAmount amount, TokenAmount left) {
    return new Problem(
        ProblemType.BUDGET_EXHAUSTED,
        ("This costs up to %s atomic units and the key's budget has %s left. Use another key, or"
                + " mint one with a larger budget.")
            .formatted(amount, left));
  }

  /** Locks keys in the order of their ids. Those without a budget stay as they are. */
  private static void change(List<KeySpend> spends, String sign, OneTrip trip) {
    Map<UUID, TokenAmount> amounts = new TreeMap<>();
    spends.forEach(spend -> amounts.merge(spend.key(), spend.amount(), TokenAmount::plus));
    if (!amounts.isEmpty()) {
      trip.add(
          """
          update api_key set spent = spent + change.amount
          from (select locked.id, added.amount
                from (select unnest(:keys) as id, unnest(:amounts::numeric[]) as amount) as added
                join api_key locked on locked.id = added.id
                where locked.budget is not null
                order by locked.id for update of locked) as change
          where api_key.id = change.id
          """,
          Map.of(
              "keys", amounts.keySet().toArray(UUID[]::new),
              "amounts", SqlArrays.texts(amounts.values(), amount -> sign + amount)));
    }
  }
}
