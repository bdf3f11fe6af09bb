package dev.assay.marketplace.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.assay.marketplace.Http;
import dev.assay.marketplace.MarketModuleTest;
import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.ParseOptions;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.core.env.Environment;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@MarketModuleTest
class OpenApiModuleTests {
  /** {@code -Dassay.openapi=write} writes the document instead of complaining. */
  private static final boolean WRITE = "write".equals(System.getProperty("assay.openapi"));

  private static final String COMMAND =
      "mvn -q -pl marketplace-api -am test -Dtest=OpenApiModuleTests"
          + " -Dsurefire.failIfNoSpecifiedTests=false -Dassay.openapi=write";

  private final int port;
  private final String present;

  OpenApiModuleTests(
      @LocalServerPort int port,
      @Autowired @Qualifier("requestMappingHandlerMapping") RequestMappingHandlerMapping mappings,
      @Autowired JsonMapper json,
      @Autowired Environment environment) {
    this.port = port;
    this.present = OpenApiDocument.text(new OpenApiDocument(mappings, json, environment).build());
  }

  @Test
  void the_committed_document_is_what_the_running_api_is() throws IOException {
    if (WRITE) {
      Files.writeString(OpenApiDocument.FILE, present);
    }
    assertThat(Files.readString(OpenApiDocument.FILE))
        .as("docs/reference/openapi.json is behind the API. Write it again: " + COMMAND)
        .isEqualTo(present);
  }

  @Test
  void it_is_served_as_it_is_to_anybody() {
    var answer = Http.send(port, "GET", "/api/openapi.json", "", null);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type")).contains("application/json");
    if (!WRITE) { // what was built in is what was there before
      assertThat(answer.body()).isEqualTo(present);
    }
  }

  @Test
  void it_is_openapi_3_1_to_a_reader_of_openapi() {
    var options = new ParseOptions();
    options.setResolve(true);
    var read = new OpenAPIV3Parser().readContents(present, null, options);

    assertThat(read.getMessages()).isEmpty();
    assertThat(read.getOpenAPI().getOpenapi()).isEqualTo("3.1.0");
    assertThat(read.getOpenAPI().getPaths()).hasSizeGreaterThan(20);
  }

  @Test
  void a_reader_of_openapi_notices_what_is_wrong() {
    var wrong =
        present
            .replaceFirst("\"operationId\"", "\"operationID\"")
            .replace("\"in\" : \"path\"", "\"in\" : \"pat\"");

    assertThat(new OpenAPIV3Parser().readContents(wrong, null, null).getMessages()).isNotEmpty();
  }

  @Test
  void its_schemas_are_schemas_of_2020_12() {
    var registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    var meta =
        registry.getSchema(SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"));
    JsonNode schemas = JsonMapper.shared().readTree(present).path("components").path("schemas");

    assertThat(schemas.properties()).hasSizeGreaterThan(30);
    schemas
        .properties()
        .forEach(
            schema -> assertThat(meta.validate(schema.getValue())).as(schema.getKey()).isEmpty());
  }

  @Test
  void every_reference_leads_somewhere() {
    JsonNode document = JsonMapper.shared().readTree(present);

    assertThat(document.findValuesAsString("$ref"))
        .isNotEmpty()
        .allSatisfy(ref -> assertThat(document.at(ref.substring(1)).isMissingNode()).isFalse());
  }
}
