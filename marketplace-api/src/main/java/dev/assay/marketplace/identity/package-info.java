/** Who is calling: wallets sign in, and mint keys for their programs. */
@ApplicationModule(allowedDependencies = {"stake", "pause", "platform"})
@NullMarked
package dev.assay.marketplace.identity;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
