package dev.assay.marketplace.identity;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.protocol.TokenAmount;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

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

  /**
   * @throws Problem {@link ProblemType#BUDGET_EXHAUSTED} if more than is left; nothing is spent,
   *     and the transaction can go on
   */
  @Transactional(propagation = Propagation.MANDATORY, noRollbackFor = Problem.class)
  public void spend(UUID key, TokenAmount amount) {
    if (spend(List.of(new KeySpend(key, amount))).getFirst()
        instanceof SpendResult.Exhausted(var left)) {
      throw exhausted(amount, left);
    }
  }

  /**
   * @return one answer for each, in order; several of one key are decided in order
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public List<SpendResult> spend(List<KeySpend> spends) {
    Map<UUID, TokenAmount> left = lockLeft(spends);
    Map<UUID, TokenAmount> spent = new HashMap<>();
    List<SpendResult> results = new ArrayList<>(spends.size());
    for (var spend : spends) {
      TokenAmount available = left.get(spend.key());
      if (available == null) { // no budget
        results.add(new SpendResult.Within());
      } else if (available.compareTo(spend.amount()) < 0) {
        results.add(new SpendResult.Exhausted(available));
      } else {
        left.put(spend.key(), available.minus(spend.amount()));
        spent.merge(spend.key(), spend.amount(), TokenAmount::plus);
        results.add(new SpendResult.Within());
      }
    }
    change(spent, "");
    return results;
  }

  /** Undoes {@link #spend} for a job that cost nothing, or less than was reserved. */
  @Transactional(propagation = Propagation.MANDATORY)
  public void giveBack(UUID key, TokenAmount amount) {
    giveBack(List.of(new KeySpend(key, amount)));
  }

  @Transactional(propagation = Propagation.MANDATORY)
  public void giveBack(List<KeySpend> spends) {
    Set<UUID> withBudget = lockLeft(spends).keySet();
    Map<UUID, TokenAmount> back = new HashMap<>();
    for (var spend : spends) {
      if (withBudget.contains(spend.key())) {
        back.merge(spend.key(), spend.amount(), TokenAmount::plus);
      }
    }
    change(back, "-");
  }

  /** The refusal for a caller whose spend came out as {@link SpendResult.Exhausted}. */
  public static Problem exhausted(TokenAmount amount, TokenAmount left) {
    return new Problem(
        ProblemType.BUDGET_EXHAUSTED,
        ("This costs up to %s atomic units and the key's budget has %s left. Use another key, or"
                + " mint one with a larger budget.")
            .formatted(amount, left));
  }

  private Map<UUID, TokenAmount> lockLeft(List<KeySpend> spends) {
    Set<UUID> keys = new HashSet<>();
    spends.forEach(spend -> keys.add(spend.key()));
    keys.removeAll(withoutBudget.getAllPresent(keys).keySet());
    Map<UUID, TokenAmount> left = new HashMap<>();
    if (!keys.isEmpty()) {
      jdbc.sql(
              """
              select id, budget - spent as budget_left from api_key
              where id = any (:keys) and budget is not null
              order by id
              for update\
              """)
          .param("keys", keys.toArray(UUID[]::new))
          .query(row -> {
            left.put(
                row.getObject("id", UUID.class), TokenAmount.parse(row.getString("budget_left")));
          });
      keys.removeAll(left.keySet());
      keys.forEach(key -> withoutBudget.put(key, true));
    }
    return left;
  }

  private void change(Map<UUID, TokenAmount> amounts, String sign) {
    if (amounts.isEmpty()) {
      return;
    }
    List<UUID> keys = new ArrayList<>(amounts.size());
    List<String> changes = new ArrayList<>(amounts.size());
    amounts.forEach((key, amount) -> {
      keys.add(key);
      changes.add(sign + amount);
    });
    jdbc.sql(
            """
            update api_key set spent = spent + change.amount
            from unnest(:keys, cast(:amounts as numeric[])) as change (key, amount)
            where id = change.key\
            """)
        .param("keys", keys.toArray(UUID[]::new))
        .param("amounts", changes.toArray(String[]::new))
        .update();
  }
}
