/** What runs models: ONNX Runtime in this process, or a runtime of the provider behind HTTP. */
@NullMarked
package dev.assay.agent.backend;

import org.jspecify.annotations.NullMarked;
