package dev.assay.settlement.chain;

import java.net.URI;
import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;

/**
 * Where the EVM node is. From configuration unless a bean of this type says otherwise: tests and
 * development give the address of a node that they have started.
 */
public interface ChainConnectionDetails extends ConnectionDetails {
  /** The node's JSON-RPC over HTTP. */
  URI rpcUrl();
}
