package dev.assay.marketplace.platform;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A chore by the clock that looks at what is in the database: while nothing is written there, by
 * whomever, it would find what it found before, and is not done. Its period is the least that is
 * between two looks. What it finds may depend on the time as well, if it is {@link ByClock}.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface WhenChanged {}
