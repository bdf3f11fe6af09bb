/** A key in a file, encrypted: for the worker's session key and for the settlement key. */
@NullMarked
package dev.assay.keystore;

import org.jspecify.annotations.NullMarked;
