package dev.assay.marketplace.admin;

import dev.assay.marketplace.audit.Commitments;
import dev.assay.marketplace.identity.Admin;
import dev.assay.marketplace.platform.Page;
import dev.assay.marketplace.platform.PageSize;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.protocol.admin.AnchoredHead;
import dev.assay.protocol.admin.LogHead;
import dev.assay.protocol.admin.LoggedAction;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/** {@code /api/admin/log}: who did what, for operators and for whoever checks them. */
@RestController
class AdminLogController {
  private static final int AT_ONCE = 500;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._@-]{1,100}");
  private static final Pattern OUTCOME = Pattern.compile("[a-z0-9-]{1,50}");

  private final AdminActions actions;
  private final Commitments commitments;
  private final JsonMapper json;

  AdminLogController(AdminActions actions, Commitments commitments, JsonMapper json) {
    this.actions = actions;
    this.commitments = commitments;
    this.json = json;
  }

  /**
   * An operator.
   *
   * @param name as the log names it
   */
  record AdminBody(String name, List<Admin.Role> roles) {}

  /** Who is asking, and what that operator may do. */
  @GetMapping("/api/admin/whoami")
  AdminBody whoami(Admin admin) {
    return new AdminBody(admin.name(), admin.roles().stream().sorted().toList());
  }

  /**
   * What operators did and what was refused, the newest first.
   *
   * @param after the number of the last one of the page before
   * @param who only of this operator
   * @param outcome only with this outcome: {@code done}, or the code of a problem
   */
  @GetMapping("/api/admin/log")
  Page<LoggedAction> log(
      @RequestParam(required = false) @Nullable String after,
      @RequestParam(required = false) @Nullable String who,
      @RequestParam(required = false) @Nullable String outcome,
      @RequestParam(defaultValue = PageSize.DEFAULT) PageSize limit) {
    checked("who", who, NAME);
    checked("outcome", outcome, OUTCOME);
    long below = Page.after(after, AdminLogController::number).orElse(Long.MAX_VALUE);
    return Page.of(actions.newest(below, who, outcome, limit.andOneMore()), limit);
  }

  private static void checked(String name, @Nullable String value, Pattern shape) {
    if (value != null && !shape.matcher(value).matches()) {
      throw new Problem(
          ProblemType.INVALID_PARAMETER, "%s is of the form %s.".formatted(name, shape));
    }
  }

  private static long number(String text) {
    if (!text.matches("[1-9][0-9]{0,14}")) {
      throw new IllegalArgumentException("A row has a number.");
    }
    return Long.parseLong(text);
  }

  /** How far the log goes, and how it ends: to be noted elsewhere and held against it later. */
  @GetMapping("/api/admin/log/head")
  LogHead head() {
    return actions.head();
  }

  /** The whole log from its first row on, one JSON object a line, as anyone can check it. */
  @GetMapping("/api/admin/log/export")
  void export(HttpServletResponse response) throws IOException {
    ServletOutputStream out = lines(response);
    long end = actions.head().number(); // what is added while it is written is not waited for
    long written = 0;
    while (written < end) {
      for (LoggedAction action : actions.after(written, AT_ONCE)) {
        writeLine(out, action);
        written = action.number();
      }
    }
  }

  /**
   * How the log ended when each epoch was sealed, one JSON object a line in the order of the
   * epochs: the seal as it stands on chain, the log's head, and the proof that leads from the one
   * to the other. Anyone who has them sees whether the log was cut off or written anew since.
   */
  @GetMapping("/api/admin/log/anchors/export")
  void anchors(HttpServletResponse response) throws IOException {
    ServletOutputStream out = lines(response);
    List<AnchoredHead> page;
    long epoch = 0;
    do {
      page = commitments.anchored(epoch, AT_ONCE);
      for (AnchoredHead anchor : page) {
        writeLine(out, anchor);
        epoch = anchor.seal().epoch();
      }
    } while (page.size() == AT_ONCE);
  }

  private static ServletOutputStream lines(HttpServletResponse response) throws IOException {
    response.setContentType("application/x-ndjson");
    response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    return response.getOutputStream();
  }

  private void writeLine(ServletOutputStream out, Object row) throws IOException {
    out.write((json.writeValueAsString(row) + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
