/**
 * The seam between tests and servers. A test says {@code @Import(BackingServices.class)} and gets
 * real ones, through the connection details that Spring Boot itself looks for:
 *
 * <ul>
 *   <li>{@code -Dassay.backing=embedded}, the default where PostgreSQL's programs exist for the
 *       machine: child processes of the test's JVM, shared by all its tests, gone with it;
 *   <li>{@code -Dassay.backing=docker}: Testcontainers, where a Docker engine answers.
 * </ul>
 *
 * Each Spring context has a database of its own. The EVM node is a child process in both cases.
 */
@NullMarked
package dev.assay.quickstart.stack.testing;

import org.jspecify.annotations.NullMarked;
