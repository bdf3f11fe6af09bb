package dev.assay.settlement.transaction;

import dev.assay.protocol.WalletAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Where the settlement key is: in a file, or in a Web3Signer ({@link
 * dev.assay.settlement.chain.Web3Signer}), whose settings are {@code settlement.signer.web3signer}.
 *
 * @param keystore Web3 Secret Storage, version 3
 * @param passwordFile whose first line opens it
 * @param address whose key it must be; not checked if it is not given
 */
@ConfigurationProperties("settlement.signer")
record SignerSettings(
    @Nullable Path keystore, @Nullable Path passwordFile, @Nullable WalletAddress address) {}
