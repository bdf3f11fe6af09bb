/** What the worker signed, so that its key is never made to sign two things for one attempt. */
@NullMarked
package dev.assay.agent.key;

import org.jspecify.annotations.NullMarked;
