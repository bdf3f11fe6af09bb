/** The connection to the chain: JSON-RPC, blocks, and how well the node answers. */
@ApplicationModule(allowedDependencies = "platform")
@NullMarked
package dev.assay.settlement.chain;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
