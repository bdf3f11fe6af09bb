package dev.assay.marketplace.admin;

import dev.assay.marketplace.admin.AdminChecksController.AdminAuditBody;
import dev.assay.marketplace.admin.AdminChecksController.AdminCaseBody;
import dev.assay.marketplace.admin.AdminChecksController.AdminEpochBody;
import dev.assay.marketplace.admin.AdminJobsController.AdminJobBody;
import dev.assay.marketplace.admin.AdminMoneyController.AdminRequesterBody;
import dev.assay.marketplace.admin.AdminWorkersController.AdminWorkerBody;
import dev.assay.marketplace.identity.Admin;
import dev.assay.marketplace.platform.Page;
import dev.assay.marketplace.platform.PageSize;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.Refuses;
import dev.assay.marketplace.platform.RequestIds;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code /api/admin/lists/…/export}: whole lists for other programs. They are written as they are
 * read, a page at a time, so a list of any length takes the memory of one page; how many are
 * written at once has a bound, and each is in the log.
 */
@RestController
class AdminExportController {
  private static final int AT_ONCE = 4;
  private static final PageSize PAGE = new PageSize(PageSize.MAX);

  private final Map<String, ExportedList<?>> lists;
  private final AdminActions actions;
  private final JsonMapper json;
  private final Semaphore places = new Semaphore(AT_ONCE);

  AdminExportController(
      AdminJobsController jobs,
      AdminWorkersController workers,
      AdminMoneyController money,
      AdminChecksController checks,
      AdminActions actions,
      JsonMapper json) {
    this.actions = actions;
    this.json = json;
    this.lists =
        Map.of(
            "jobs",
            new ExportedList<>(
                AdminJobBody.class,
                after -> jobs.jobs(after, null, false, PAGE),
                job -> job.id().toString()),
            "workers",
            new ExportedList<>(
                AdminWorkerBody.class,
                after -> workers.workers(after, false, PAGE),
                worker -> worker.address().hex()),
            "requesters",
            new ExportedList<>(
                AdminRequesterBody.class,
                after -> money.requesters(after, PAGE),
                requester -> requester.requester().hex()),
            "epochs",
            new ExportedList<>(
                AdminEpochBody.class,
                after -> checks.epochs(after, PAGE),
                epoch -> Long.toString(epoch.number())),
            "audits",
            new ExportedList<>(
                AdminAuditBody.class,
                after -> checks.audits(after, false, PAGE),
                audit -> audit.job().toString()),
            "cases",
            new ExportedList<>(
                AdminCaseBody.class,
                after -> checks.cases(after, false, PAGE),
                one -> one.id().toString()));
  }

  /**
   * A list that is read by pages.
   *
   * @param page the one after a row's name; the first after null
   * @param name of a row, in its list
   */
  private record ExportedList<T extends Record>(
      Class<T> type, Function<@Nullable String, Page<T>> page, Function<T, String> name) {
    Page<T> after(@Nullable String row) {
      return page.apply(row);
    }
  }

  /** How rows are written. */
  private interface Format {
    String header();

    String line(Object row);
  }

  /**
   * A whole list, as it is while it is read, from its first row on.
   *
   * @param list {@code jobs}, {@code workers}, {@code requesters}, {@code epochs}, {@code audits}
   *     or {@code cases}, whose rows are those of {@code GET /api/admin/} with that name
   * @param format {@code jsonl}, one JSON object a line, or {@code csv}, in which a text that a
   *     spreadsheet would take for a formula begins with an apostrophe
   */
  @Refuses(ProblemType.NOT_FOUND)
  @GetMapping("/api/admin/lists/{list}/export")
  void export(
      Admin admin,
      @PathVariable String list,
      @RequestParam(defaultValue = "jsonl") String format,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    ExportedList<?> wanted = lists.get(list);
    if (wanted == null) {
      throw new Problem(ProblemType.NOT_FOUND, "There is no list of this name.");
    }
    Format writer =
        switch (format) {
          case "jsonl" -> jsonLines();
          case "csv" -> csv(wanted.type());
          default -> throw new Problem(ProblemType.INVALID_PARAMETER, "format is jsonl or csv.");
        };
    if (!places.tryAcquire()) {
      throw new Problem(
          ProblemType.UNAVAILABLE,
          "%d lists are being written already. Try again when one is done.".formatted(AT_ONCE));
    }
    try {
      actions.appendDone(admin.name(), "export", list + " " + format, RequestIds.of(request));
      response.setContentType(
          format.equals("csv") ? "text/csv; charset=utf-8" : "application/x-ndjson");
      response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
      response.setHeader(
          HttpHeaders.CONTENT_DISPOSITION,
          "attachment; filename=\"%s.%s\"".formatted(list, format));
      write(wanted, writer, response.getOutputStream());
    } finally {
      places.release();
    }
  }

  private <T extends Record> void write(
      ExportedList<T> list, Format format, ServletOutputStream out) throws IOException {
    write(out, format.header());
    String after = null;
    Page<T> page;
    do {
      page = list.after(after);
      for (T row : page.data()) {
        write(out, format.line(row));
        after = list.name().apply(row);
      }
    } while (page.hasMore());
  }

  private static void write(ServletOutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }

  private Format jsonLines() {
    return new Format() {
      @Override
      public String header() {
        return "";
      }

      @Override
      public String line(Object row) {
        return json.writeValueAsString(row) + "\n";
      }
    };
  }

  private Format csv(Class<? extends Record> type) {
    var table = new CsvTable(type);
    return new Format() {
      @Override
      public String header() {
        return table.header();
      }

      @Override
      public String line(Object row) {
        return table.line(json.valueToTree(row));
      }
    };
  }
}
