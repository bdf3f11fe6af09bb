package dev.assay.agent.cli;

import java.io.OutputStream;
import java.io.PrintStream;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.logging.StreamHandler;

/** Sends the agent's log to one stream, one flushed line per event. */
final class Logs {
  private static final Logger AGENT = Logger.getLogger("dev.assay.agent");

  private Logs() {}

  static void to(PrintStream stream, LogFormat format) {
    for (Handler previous : AGENT.getHandlers()) {
      AGENT.removeHandler(previous);
    }
    AGENT.setUseParentHandlers(false);
    AGENT.setLevel(Level.INFO);
    AGENT.addHandler(new LineHandler(stream, format));
  }

  /** A stream that is not ours to close, flushed after each line. */
  private static final class LineHandler extends StreamHandler {
    LineHandler(OutputStream stream, LogFormat format) {
      super(stream, format.formatter());
    }

    @Override
    public synchronized void publish(java.util.logging.LogRecord event) {
      super.publish(event);
      flush();
    }

    @Override
    public synchronized void close() {
      flush();
    }
  }
}
