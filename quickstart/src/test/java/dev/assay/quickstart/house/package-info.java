/** The rules of the house: what the build refuses whoever wrote it, each with its reason. */
@NullMarked
package dev.assay.quickstart.house;

import org.jspecify.annotations.NullMarked;
