/**
 * The command line of the worker: settings, commands, logs, and the only place that touches the
 * system's clock.
 */
@NullMarked
package dev.assay.agent.cli;

import org.jspecify.annotations.NullMarked;
