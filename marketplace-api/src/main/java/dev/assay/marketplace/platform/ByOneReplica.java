package dev.assay.marketplace.platform;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A chore by the clock that one replica does for all: it looks at what is in the database, and
 * keeps nothing in memory. It must bear being done by two at once, and not at all for as long as it
 * takes to notice that a replica has died.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface ByOneReplica {}
