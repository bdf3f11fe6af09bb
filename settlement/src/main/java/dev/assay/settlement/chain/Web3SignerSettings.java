package dev.assay.settlement.chain;

import dev.assay.protocol.Bytes;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * @param url of the Web3Signer
 * @param publicKey of the settlement key: 64 bytes, x and y
 */
@ConfigurationProperties("settlement.signer.web3signer")
record Web3SignerSettings(@Nullable URI url, @Nullable Bytes publicKey) {}
