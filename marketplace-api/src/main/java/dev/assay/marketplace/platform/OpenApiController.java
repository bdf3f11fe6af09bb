package dev.assay.marketplace.platform;

import java.io.IOException;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/openapi.json}: docs/reference/openapi.json as it was built in. */
@RestController
class OpenApiController {
  private final byte[] document;

  OpenApiController() throws IOException {
    this.document = new ClassPathResource("openapi.json").getContentAsByteArray();
  }

  /** This document. */
  @GetMapping(path = "/api/openapi.json", produces = MediaType.APPLICATION_JSON_VALUE)
  byte[] document() {
    return document;
  }
}
