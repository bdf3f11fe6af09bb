/** What the machine tells of itself, as far as a worker must heed it: power and memory. */
@NullMarked
package dev.assay.agent.hardware;

import org.jspecify.annotations.NullMarked;
