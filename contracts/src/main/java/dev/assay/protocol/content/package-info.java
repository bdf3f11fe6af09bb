/**
 * What is computed: inputs, outputs and models, each with the one sequence of bytes that its digest
 * is taken of. JSON is never hashed: two writers of the same value differ in it.
 */
@NullMarked
package dev.assay.protocol.content;

import org.jspecify.annotations.NullMarked;
