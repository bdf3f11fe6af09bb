package dev.assay.quickstart.stack;

/** How a process is asked to end in good order. */
public enum StopSignal {
  TERM,
  /** PostgreSQL's "fast" shutdown: sessions are rolled back; TERM would wait for them to leave. */
  INT
}
