package dev.assay.settlement.court;

import dev.assay.protocol.BeaconChain;
import dev.assay.protocol.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class CourtConfiguration {
  @Bean
  @ConditionalOnMissingBean
  BeaconChain beacons(BeaconSettings settings) {
    Path file = settings.secretFile();
    if (file == null) {
      throw new IllegalStateException(
          "settlement.beacon.secret-file is not set: give the file with the beacon chain's"
              + " secret.");
    }
    try {
      return BeaconChain.of(Digest.parse(Files.readString(file).strip()), settings.length());
    } catch (IOException e) {
      throw new IllegalStateException("settlement.beacon.secret-file cannot be read.", e);
    } catch (IllegalArgumentException e) { // whose message could show the secret
      throw new IllegalStateException(
          "settlement.beacon.secret-file holds no 0x and 64 hexadecimal digits.");
    }
  }
}
