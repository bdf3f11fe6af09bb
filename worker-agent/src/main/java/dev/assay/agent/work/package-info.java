/** What a worker does all day: asks for work, waits, and tells the provider why it is idle. */
@NullMarked
package dev.assay.agent.work;

import org.jspecify.annotations.NullMarked;
