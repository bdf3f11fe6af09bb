package dev.assay.marketplace.admin;

import dev.assay.marketplace.identity.Admin;
import dev.assay.marketplace.parameter.Parameter;
import dev.assay.marketplace.parameter.ParameterState;
import dev.assay.marketplace.parameter.Parameters;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.Refuses;
import dev.assay.marketplace.platform.RequestIds;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/admin/parameters}: proposed by one operator, approved by another. */
@RestController
class ParameterController {
  private static final Pattern VERSION = Pattern.compile("\"(0|[1-9][0-9]{0,14})\"");
  private static final Pattern ID = Pattern.compile("[1-9][0-9]{0,14}");

  private final Parameters parameters;

  ParameterController(Parameters parameters) {
    this.parameters = parameters;
  }

  /**
   * A parameter.
   *
   * @param value in force
   * @param configured what it is if nobody has changed it
   * @param version what {@code If-Match} of a proposal must be, in quotes
   * @param proposal that is neither in force nor withdrawn; null if there is none
   */
  record ParameterBody(
      String name,
      long value,
      long configured,
      long least,
      long most,
      long version,
      @Nullable ProposalBody proposal) {}

  /**
   * A change on its way.
   *
   * @param approvedBy null until another has approved it, as is {@code effectiveAt}
   */
  record ProposalBody(
      long id,
      long value,
      String by,
      String reason,
      Instant at,
      @Nullable String approvedBy,
      @Nullable Instant effectiveAt) {
    static ProposalBody of(ParameterState.Proposal proposal) {
      return new ProposalBody(
          proposal.id(),
          proposal.value(),
          proposal.by(),
          proposal.reason(),
          proposal.at(),
          proposal.approvedBy().orElse(null),
          proposal.effectiveAt().orElse(null));
    }
  }

  /** All parameters. */
  record ParametersBody(List<ParameterBody> data) {}

  /** The body of a proposal. */
  record ProposalRequest(long value, String reason) {}

  /** Why a proposal is approved or withdrawn. */
  record ReasonRequest(String reason) {}

  /** What operators may change while the market runs, and what is on its way. */
  @GetMapping("/api/admin/parameters")
  ParametersBody parameters() {
    return new ParametersBody(Arrays.stream(Parameter.values()).map(this::body).toList());
  }

  /**
   * Proposes a change. It is in force a while after another operator has approved it.
   *
   * @param seen the parameter's version, as it was seen
   */
  @Refuses({ProblemType.NOT_FOUND, ProblemType.STALE_EDIT, ProblemType.PROPOSAL_OPEN})
  @PostMapping(
      path = "/api/admin/parameters/{name}/proposals",
      consumes = MediaType.APPLICATION_JSON_VALUE)
  ParameterBody propose(
      Admin admin,
      @PathVariable String name,
      @RequestHeader(name = HttpHeaders.IF_MATCH, required = false) @Nullable String seen,
      @RequestBody ProposalRequest request,
      HttpServletRequest http) {
    Parameter parameter =
        Parameter.of(name)
            .orElseThrow(
                () -> new Problem(ProblemType.NOT_FOUND, "There is no parameter of this name."));
    parameters.propose(
        parameter,
        request.value(),
        request.reason(),
        version(seen),
        admin.name(),
        RequestIds.of(http));
    return body(parameter);
  }

  /** Approves what another operator has proposed. */
  @Refuses(ProblemType.NOT_FOUND)
  @PostMapping(
      path = "/api/admin/approvals/{proposal}",
      consumes = MediaType.APPLICATION_JSON_VALUE)
  ParameterBody approve(
      Admin admin,
      @PathVariable String proposal,
      @RequestBody ReasonRequest request,
      HttpServletRequest http) {
    return body(
        parameters.approve(id(proposal), request.reason(), admin.name(), RequestIds.of(http)));
  }

  /** Takes back what is not in force yet, approved or not. */
  @Refuses(ProblemType.NOT_FOUND)
  @PostMapping(
      path = "/api/admin/withdrawals/{proposal}",
      consumes = MediaType.APPLICATION_JSON_VALUE)
  ParameterBody withdraw(
      Admin admin,
      @PathVariable String proposal,
      @RequestBody ReasonRequest request,
      HttpServletRequest http) {
    return body(
        parameters.withdraw(id(proposal), request.reason(), admin.name(), RequestIds.of(http)));
  }

  private static long version(@Nullable String seen) {
    Matcher version = VERSION.matcher(seen == null ? "" : seen);
    if (!version.matches()) {
      throw new Problem(
          ProblemType.STALE_EDIT, "Say which version you have seen: If-Match: \"version\".");
    }
    return Long.parseLong(version.group(1));
  }

  private static long id(String proposal) {
    if (!ID.matcher(proposal).matches()) {
      throw new Problem(ProblemType.NOT_FOUND, "A proposal has a number.");
    }
    return Long.parseLong(proposal);
  }

  private ParameterBody body(Parameter parameter) {
    ParameterState state = parameters.state(parameter);
    long configured = parameters.configured(parameter).orElseThrow();
    return new ParameterBody(
        parameter.code(),
        state.changed().orElse(configured),
        configured,
        parameter.least(),
        parameter.most(),
        state.version(),
        state.proposal().map(ProposalBody::of).orElse(null));
  }
}
