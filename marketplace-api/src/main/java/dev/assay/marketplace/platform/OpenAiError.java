package dev.assay.marketplace.platform;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * The {@code error} member that OpenAI's clients read.
 *
 * @param type the kind of error
 * @param param the member of the body that is at fault; null for none, and written all the same
 * @param code what programs decide by; under {@code /v1} OpenAI's words where it has some
 */
public record OpenAiError(
    String message,
    String type,
    @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable String param,
    String code) {
  /** As it is said within a stream whose status is sent already. */
  public static OpenAiError of(Problem problem) {
    OpenAiTerms terms = OpenAiTerms.of(problem.type());
    return new OpenAiError(problem.whatToDo(), terms.type(), problem.member(), terms.code());
  }
}
