/**
 * The door for clients that were made for OpenAI: {@code /v1}. It says what they ask as a job, and
 * a job's answer as they expect it; whatever a job is promised, theirs is.
 */
@ApplicationModule(
    allowedDependencies = {
      "audit",
      "dispatch",
      "job",
      "model",
      "offer",
      "stake",
      "identity",
      "platform"
    })
@NullMarked
package dev.assay.marketplace.openai;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
