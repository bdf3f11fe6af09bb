package dev.assay.marketplace.platform;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/** Says where a JSON text is wrong in our words: Jackson's own name our classes. */
public final class UnreadableJson {
  private static final int LONGEST_NAME = 64;

  private UnreadableJson() {}

  /** What its sender is told, with the member that is at fault. */
  public static Problem problem(JacksonException e) {
    String member = path(e);
    String at = member.isEmpty() ? null : member;
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof Problem ours) { // however Jackson wrapped it
        return ours.member() != null || at == null
            ? ours
            : new Problem(ours.type(), at, ours.whatToDo());
      }
    }
    return new Problem(ProblemType.INVALID_BODY, at, explain(e));
  }

  private static String explain(JacksonException e) {
    if (e instanceof StreamConstraintsException) {
      return "The JSON is deeper, longer or larger than is taken" + place(e);
    }
    if (e instanceof StreamReadException) {
      return "This is not one well-formed JSON text, or it names a member twice" + place(e);
    }
    if (e instanceof UnrecognizedPropertyException unknown) {
      return "There is no member '%s' here".formatted(printable(unknown.getPropertyName()))
          + place(e);
    }
    if (e.getCause() instanceof IllegalArgumentException ours && ours.getMessage() != null) {
      return ours.getMessage();
    }
    String member = e instanceof DatabindException ? path(e) : "";
    return member.isEmpty()
        ? "The body is not a JSON object of the right shape" + place(e)
        : "The member '%s' is missing, or is not of the right kind".formatted(member) + place(e);
  }

  private static String path(JacksonException e) {
    var path = new StringBuilder();
    for (var step : e.getPath()) {
      if (step.getPropertyName() != null) {
        path.append(path.isEmpty() ? "" : ".").append(step.getPropertyName());
      } else {
        path.append('[').append(step.getIndex()).append(']');
      }
    }
    return printable(path.toString());
  }

  private static String place(JacksonException e) {
    var location = e.getLocation();
    return location == null || location.getLineNr() < 1
        ? "."
        : " (line %d, column %d).".formatted(location.getLineNr(), location.getColumnNr());
  }

  private static String printable(@Nullable String text) {
    var ascii = String.valueOf(text).replaceAll("[^\\x20-\\x7e]", "?");
    return ascii.length() <= LONGEST_NAME ? ascii : ascii.substring(0, LONGEST_NAME) + "...";
  }
}
