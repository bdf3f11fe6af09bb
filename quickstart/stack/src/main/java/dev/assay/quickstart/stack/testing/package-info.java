/**
 * The seam between tests and servers. A test says {@code @Import(BackingServices.class)} and gets
 * real ones, through the connection details that Spring Boot itself looks for:
 *
 * <ul>
 *   <li>{@code -Dassay.backing=embedded}: child processes of the test's JVM, shared by all its
 *       tests, gone with it;
 *   <li>{@code -Dassay.backing=docker}: Testcontainers, where a Docker engine answers;
 *   <li>{@code -Dassay.backing=auto}, the default: embedded where PostgreSQL's programs exist for
 *       the machine, else Docker.
 * </ul>
 *
 * Each Spring context has a database of its own. The EVM node is a child process in both cases.
 */
@NullMarked
package dev.assay.quickstart.stack.testing;

import org.jspecify.annotations.NullMarked;
