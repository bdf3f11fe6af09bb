/**
 * What anyone can check offline about one job: request, result, check and payment, and that they
 * belong together. docs/reference/receipt.md is the format.
 */
@NullMarked
package dev.assay.protocol.receipt;

import org.jspecify.annotations.NullMarked;
