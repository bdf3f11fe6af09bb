package dev.assay.settlement.chain;

import java.net.URI;
import java.util.List;
import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;

/**
 * Where the EVM nodes are. From configuration unless a bean of this type says otherwise: tests and
 * development give the address of a node that they have started.
 */
public interface ChainConnectionDetails extends ConnectionDetails {
  /** JSON-RPC over HTTP of each node of the chain, at least one; the first is asked first. */
  List<URI> rpcUrls();
}
