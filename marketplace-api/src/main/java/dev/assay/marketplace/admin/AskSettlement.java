package dev.assay.marketplace.admin;

import dev.assay.protocol.Digest;
import dev.assay.protocol.admin.CaseBundle;
import dev.assay.protocol.admin.FundersReport;
import dev.assay.protocol.admin.PaymentsReport;
import java.net.URI;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.stereotype.Component;
import org.springframework.web.client.HttpClientErrorException;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * What operators see of settlement, asked of it when they look: its tables are its own. While it is
 * away the rest of the page is there all the same, and says so.
 */
@Component
class AskSettlement {
  private static final Logger LOG = LoggerFactory.getLogger(AskSettlement.class);

  private final SettlementSettings settings;
  private final JsonMapper json;

  AskSettlement(SettlementSettings settings, JsonMapper json) {
    this.settings = settings;
    this.json = json;
  }

  /**
   * What it said.
   *
   * @param answer null if there is none
   * @param words why there is none; empty if there is one
   */
  record Asked<T>(@Nullable T answer, String words) {}

  Asked<PaymentsReport> payments() {
    return ask("/api/payments", PaymentsReport.class);
  }

  Asked<CaseBundle> bundle(Digest id) {
    return ask("/api/cases/" + id, CaseBundle.class);
  }

  Asked<FundersReport> funders() {
    return ask("/api/funders", FundersReport.class);
  }

  private <T> Asked<T> ask(String path, Class<T> type) {
    Optional<URI> address = settings.address();
    if (address.isEmpty()) {
      return new Asked<>(
          null, "Settlement is not asked: marketplace.admin.settlement.url is empty.");
    }
    // Made for each question: operators ask seldom, and a market without operators makes none.
    var requests = new SimpleClientHttpRequestFactory();
    requests.setConnectTimeout(settings.patience());
    requests.setReadTimeout(settings.patience());
    try {
      byte[] body =
          RestClient.builder()
              .requestFactory(requests)
              .build()
              .get()
              .uri(address.get().resolve(path))
              .retrieve()
              .body(byte[].class);
      return new Asked<>(json.readValue(body == null ? new byte[0] : body, type), "");
    } catch (HttpClientErrorException.NotFound e) {
      return new Asked<>(null, "Settlement knows nothing of it.");
    } catch (RestClientException | JacksonException e) {
      LOG.atWarn().addKeyValue("path", path).setCause(e).log("Settlement does not answer");
      return new Asked<>(null, "Settlement does not answer.");
    }
  }
}
