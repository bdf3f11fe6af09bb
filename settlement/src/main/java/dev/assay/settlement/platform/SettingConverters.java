package dev.assay.settlement.platform;

import dev.assay.protocol.Bytes;
import dev.assay.protocol.TokenAmount;
import org.springframework.boot.context.properties.ConfigurationPropertiesBinding;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.convert.converter.Converter;

/**
 * How settings are read as our types. Without one of these a record of settings is silently none.
 */
@Configuration(proxyBeanMethods = false)
class SettingConverters {
  @Bean
  @ConfigurationPropertiesBinding
  static Converter<String, TokenAmount> amounts() {
    return new Converter<>() {
      @Override
      public TokenAmount convert(String text) {
        return TokenAmount.parse(text);
      }
    };
  }

  @Bean
  @ConfigurationPropertiesBinding
  static Converter<String, Bytes> bytes() {
    return new Converter<>() {
      @Override
      public Bytes convert(String text) {
        return Bytes.parse(text);
      }
    };
  }
}
