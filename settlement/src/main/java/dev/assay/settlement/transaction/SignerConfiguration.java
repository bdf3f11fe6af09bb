package dev.assay.settlement.transaction;

import dev.assay.keystore.Keystore;
import dev.assay.keystore.Password;
import dev.assay.keystore.PrivateFiles;
import dev.assay.protocol.Signer;
import dev.assay.settlement.chain.Web3Signer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class SignerConfiguration {
  @Bean
  @ConditionalOnMissingBean
  Signer signer(SignerSettings settings, Optional<Web3Signer> remote) {
    Signer signer = remote.<Signer>map(r -> r).orElseGet(() -> local(settings));
    if (settings.address() != null && !settings.address().equals(signer.address())) {
      throw new IllegalStateException(
          "The settlement key is of %s; settlement.signer.address says %s."
              .formatted(signer.address(), settings.address()));
    }
    return signer;
  }

  private static Signer local(SignerSettings settings) {
    Path keystore = settings.keystore();
    Path passwordFile = settings.passwordFile();
    if (keystore == null || passwordFile == null) {
      throw new IllegalStateException(
          "There is no settlement key: set settlement.signer.keystore and .password-file, or"
              + " settlement.signer.web3signer.url and .public-key.");
    }
    try {
      if (PrivateFiles.isOpenToOthers(keystore) || PrivateFiles.isOpenToOthers(passwordFile)) {
        throw new IllegalStateException(
            "Others than their owner may read settlement.signer.keystore or .password-file. Forbid"
                + " it (chmod 600).");
      }
      return Keystore.open(keystore).unlock(Password.read(passwordFile));
    } catch (IOException e) {
      throw new IllegalStateException("The settlement key cannot be opened: " + e.getMessage(), e);
    }
  }
}
