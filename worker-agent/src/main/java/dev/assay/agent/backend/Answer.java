package dev.assay.agent.backend;

import dev.assay.protocol.content.JobOutput;

/**
 * What a model made of an input, and what is billed for it.
 *
 * @param inputUnits tokens read
 * @param outputUnits tokens made; none for embeddings
 */
public record Answer(JobOutput output, long inputUnits, long outputUnits) {}
