package dev.assay.agent.backend;

/** Hears an output while it is being made. */
public interface OutputListener {
  /** Nobody listens, and nobody loses interest. */
  OutputListener NOBODY =
      new OutputListener() {
        @Override
        public void heard(String text) {}

        @Override
        public boolean isCancelled() {
          return false;
        }
      };

  /** What comes next; a text at least one token long. */
  void heard(String text);

  /**
   * Whether no more is wanted: the answer is then what there is. Whoever cancels interrupts the
   * thread that runs the model.
   */
  boolean isCancelled();
}
