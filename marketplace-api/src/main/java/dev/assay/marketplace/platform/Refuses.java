package dev.assay.marketplace.platform;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Which refusals an operation has of its own, beside those that any operation may have: they are
 * part of what docs/reference/openapi.json promises, and an answer that is not among them fails the
 * tests that are driven by it.
 */
@Documented
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
public @interface Refuses {
  ProblemType[] value();
}
