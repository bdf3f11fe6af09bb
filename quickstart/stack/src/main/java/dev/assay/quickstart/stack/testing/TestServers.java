package dev.assay.quickstart.stack.testing;

import dev.assay.quickstart.stack.EvmNodeAddress;
import dev.assay.quickstart.stack.PostgresAddress;

/** The servers of this JVM's tests; each is started when it is first asked for. */
interface TestServers {
  PostgresAddress postgres();

  String kafkaBootstrapServers();

  EvmNodeAddress evmNode();

  /** The same for all tests of this JVM. */
  static TestServers ofThisJvm() {
    return Holder.SERVERS;
  }

  /** Made at first use; what it starts ends with this JVM, however it ends. */
  final class Holder {
    private static final TestServers SERVERS =
        switch (Backing.chosen()) {
          case EMBEDDED -> new EmbeddedServers();
          case DOCKER -> new DockerServers(new EmbeddedServers());
        };

    private Holder() {}
  }
}
