/** The log of what operators did: its rows, their chain, and how anyone checks it. */
@NullMarked
package dev.assay.protocol.admin;

import org.jspecify.annotations.NullMarked;
