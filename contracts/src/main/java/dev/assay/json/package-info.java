/** What is read as JSON in more than one place: bodies, by one rule, and an EVM node's answers. */
@NullMarked
package dev.assay.json;

import org.jspecify.annotations.NullMarked;
