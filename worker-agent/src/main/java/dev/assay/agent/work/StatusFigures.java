package dev.assay.agent.work;

import dev.assay.agent.work.WorkerStatus.Counts;
import dev.assay.agent.work.WorkerStatus.State;
import dev.assay.agent.work.WorkerStatus.Verdicts;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A status as Prometheus' text format has it, for a collector of files: the agent opens no port
 * from which it could be read. Nothing of a job is in it, and no label is anybody's to choose.
 */
final class StatusFigures {
  private final StringBuilder text = new StringBuilder();

  private StatusFigures() {}

  static String of(WorkerStatus status) {
    var figures = new StatusFigures();
    Map<String, Number> states = new LinkedHashMap<>();
    for (State state : State.values()) {
      states.put(state.toString(), state == status.state() ? 1 : 0);
    }
    figures.put("assay_worker_state", "gauge", "What the worker does", "state", states);
    Counts counts = status.counts();
    figures.put(
        "assay_worker_results_total",
        "counter",
        "Attempts since the start, by how they ended",
        "outcome",
        ordered(
            "accepted", counts.accepted(),
            "refused", counts.refused(),
            "failed", counts.failed(),
            "handed-back", counts.handedBack()));
    Verdicts verdicts = status.verdicts() == null ? Verdicts.NONE : status.verdicts();
    figures.put(
        "assay_worker_verdicts_total",
        "counter",
        "Verdicts it was asked for since the start",
        "outcome",
        ordered("signed", verdicts.signed(), "declined", verdicts.declined()));
    figures.put("assay_worker_jobs_running", "gauge", "Jobs under way", status.running());
    figures.put("assay_worker_jobs_capacity", "gauge", "Jobs at a time", status.capacity());
    figures.put(
        "assay_worker_polls_answered_total",
        "counter",
        "Polls that the market has answered since the start",
        status.pollsAnswered());
    figures.put(
        "assay_worker_status_timestamp_seconds",
        "gauge",
        "When this was written",
        status.asOf().getEpochSecond());
    return figures.text.toString();
  }

  private static Map<String, Number> ordered(Object... pairs) {
    Map<String, Number> ordered = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      ordered.put((String) pairs[i], (Number) pairs[i + 1]);
    }
    return ordered;
  }

  private void put(String name, String type, String words, Number value) {
    head(name, type, words);
    text.append("%s %d\n".formatted(name, value.longValue()));
  }

  private void put(
      String name, String type, String words, String label, Map<String, Number> values) {
    head(name, type, words);
    values.forEach((which, value) ->
        text.append("%s{%s=\"%s\"} %d\n".formatted(name, label, which, value.longValue())));
  }

  private void head(String name, String type, String words) {
    text.append("# HELP %s %s\n# TYPE %s %s\n".formatted(name, words, name, type));
  }
}
