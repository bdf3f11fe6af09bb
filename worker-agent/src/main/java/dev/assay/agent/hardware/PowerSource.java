package dev.assay.agent.hardware;

/** Tells where the power comes from now. */
@FunctionalInterface
public interface PowerSource {
  Power now();
}
