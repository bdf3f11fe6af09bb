/**
 * The API described by itself (docs/reference/openapi.json), and tests that know no more of it than
 * the description.
 */
@NullMarked
package dev.assay.marketplace.openapi;

import org.jspecify.annotations.NullMarked;
