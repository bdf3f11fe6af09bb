/** What the framework costs without a market: the endpoints that intake is measured beside. */
@NullMarked
package dev.assay.quickstart.bench.baseline;

import org.jspecify.annotations.NullMarked;
