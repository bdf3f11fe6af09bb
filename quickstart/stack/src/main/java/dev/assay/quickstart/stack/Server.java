package dev.assay.quickstart.stack;

/** One of the servers of a {@link Stack}, started and ready. */
sealed interface Server permits PostgresServer, KafkaServer, EvmNode {
  ChildProcess process();
}
