package dev.assay.marketplace.admin;

import dev.assay.marketplace.identity.Admin;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.RequestIds;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Clock;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Writes down what was tried at the operators' door and refused, whatever refused it. What an
 * operator tries is always written; of what strangers try, so much a minute, and the rest counted:
 * they must not be able to fill the log.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 5)
class LogAttempts extends OncePerRequestFilter {
  static final String NOBODY = "nobody";

  private static final Logger LOG = LoggerFactory.getLogger(LogAttempts.class);
  private static final String DOOR = "/api/admin/";
  private static final Set<String> READS = Set.of("GET", "HEAD", "OPTIONS");
  private static final int OF_STRANGERS_A_MINUTE = 60;
  private static final int LONGEST = 200;

  private final AdminActions actions;
  private final Clock clock;
  private final Counter notWritten;
  private long minute;
  private int writtenInMinute;

  LogAttempts(AdminActions actions, Clock clock, MeterRegistry meters) {
    this.actions = actions;
    this.clock = clock;
    this.notWritten =
        Counter.builder("market.admin.attempts.unlogged")
            .description("Refused requests of strangers to the admin API beyond what is logged")
            .register(meters);
  }

  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    return !request.getRequestURI().startsWith(DOOR);
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    chain.doFilter(request, response);
    ProblemType.answerTo(request)
        .filter(type -> isWorthIt(request, type))
        .ifPresent(type -> write(request, type));
  }

  /** Who may read and asks for what is not there has not tried anything. */
  private static boolean isWorthIt(HttpServletRequest request, ProblemType type) {
    return !READS.contains(request.getMethod())
        || type == ProblemType.UNAUTHENTICATED
        || type == ProblemType.FORBIDDEN;
  }

  private void write(HttpServletRequest request, ProblemType type) {
    String who = Admin.of(request).map(Admin::name).orElse(NOBODY);
    if (who.equals(NOBODY) && !isWithinTheMinute()) {
      notWritten.increment();
      return;
    }
    String operation =
        (request.getMethod() + " " + request.getRequestURI()).replaceAll("[^\\x20-\\x7e]", "?");
    try {
      actions.appendRefused(
          who,
          operation.length() <= LONGEST ? operation : operation.substring(0, LONGEST),
          type.code(),
          RequestIds.of(request));
    } catch (DataAccessException | TransactionException e) {
      LOG.atWarn()
          .addKeyValue("who", who)
          .addKeyValue("outcome", type.code())
          .setCause(e)
          .log("A refused attempt of an operator could not be written to the log");
    }
  }

  private synchronized boolean isWithinTheMinute() {
    long now = clock.instant().getEpochSecond() / 60;
    if (now != minute) {
      minute = now;
      writtenInMinute = 0;
    }
    return ++writtenInMinute <= OF_STRANGERS_A_MINUTE;
  }
}
