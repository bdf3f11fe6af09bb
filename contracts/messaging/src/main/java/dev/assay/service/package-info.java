/** What the two services have in common as processes, whatever they do. */
@NullMarked
package dev.assay.service;

import org.jspecify.annotations.NullMarked;
