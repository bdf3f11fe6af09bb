/** The worker's keys: kept encrypted, and never made to sign two things for one attempt. */
@NullMarked
package dev.assay.agent.key;

import org.jspecify.annotations.NullMarked;
