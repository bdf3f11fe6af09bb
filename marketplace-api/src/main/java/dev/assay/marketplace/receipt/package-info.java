/** Receipts: request, result, check and payment of a job in one document that anyone can check. */
@ApplicationModule(
    allowedDependencies = {"audit", "attestation", "dispatch", "job", "identity", "platform"})
@NullMarked
package dev.assay.marketplace.receipt;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
