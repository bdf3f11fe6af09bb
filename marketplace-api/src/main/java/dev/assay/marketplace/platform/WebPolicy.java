package dev.assay.marketplace.platform;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.core.StandardHost;
import org.apache.catalina.valves.ErrorReportValve;
import org.apache.tomcat.util.buf.EncodedSolidusHandling;
import org.springframework.boot.http.converter.autoconfigure.ServerHttpMessageConvertersCustomizer;
import org.springframework.boot.tomcat.TomcatContextCustomizer;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.format.FormatterRegistry;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.filter.RequestContextFilter;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.ContentNegotiationConfigurer;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import tools.jackson.databind.json.JsonMapper;

/** How Spring MVC and the container treat what a caller may send to any operation. */
@Configuration(proxyBeanMethods = false)
class WebPolicy implements WebMvcConfigurer {

  /** Answers are JSON whatever is asked for: real clients send an Accept that they do not mean. */
  @Override
  public void configureContentNegotiation(ContentNegotiationConfigurer negotiation) {
    negotiation.ignoreAcceptHeader(true).defaultContentType(MediaType.APPLICATION_JSON);
  }

  @Override
  public void addFormatters(FormatterRegistry formats) {
    formats.addConverter(String.class, PageSize.class, PageSize::parse);
  }

  @Override
  public void addInterceptors(InterceptorRegistry interceptors) {
    interceptors.addInterceptor(new KnownParametersOnly());
  }

  /** A misspelt parameter must not be taken for its absence. */
  private static final class KnownParametersOnly implements HandlerInterceptor {
    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_.-]{0,63}");

    private final Map<Method, Set<String>> known = new ConcurrentHashMap<>();

    @Override
    public boolean preHandle(
        HttpServletRequest request, HttpServletResponse response, Object handler) {
      if (request.getQueryString() != null
          && handler instanceof HandlerMethod method
          && !(method.getBean() instanceof ProblemAdvice)) {
        Set<String> known = this.known.computeIfAbsent(method.getMethod(), _ -> known(method));
        request
            .getParameterMap()
            .forEach((name, values) -> {
              if (!known.contains(name)) {
                throw new Problem(
                    ProblemType.INVALID_PARAMETER,
                    NAME.matcher(name).matches() ? name : null,
                    "There is no such parameter here. There are: %s."
                        .formatted(known.isEmpty() ? "none" : String.join(", ", known)));
              }
              if (values[0].isEmpty()) { // else it would be taken for its absence
                throw new Problem(
                    ProblemType.INVALID_PARAMETER,
                    name + " is empty. Give it a value or leave it out.");
              }
              if (values.length > 1) {
                throw new Problem(
                    ProblemType.INVALID_PARAMETER, name + " is given more than once.");
              }
            });
      }
      return true;
    }

    private static Set<String> known(HandlerMethod method) {
      return Arrays.stream(method.getMethodParameters())
          .filter(parameter -> parameter.hasParameterAnnotation(RequestParam.class))
          .map(parameter -> {
            String name =
                Objects.requireNonNull(parameter.getParameterAnnotation(RequestParam.class)).name();
            return name.isEmpty() ? parameter.getParameter().getName() : name;
          })
          .collect(Collectors.toUnmodifiableSet());
    }
  }

  /** Requests that Tomcat refuses by itself are answered in our shape too, without its name. */
  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> problemsFromTomcat() {
    TomcatContextCustomizer valve =
        context -> {
          if (context.getParent() instanceof StandardHost host) {
            host.setErrorReportValveClass(ProblemValve.class.getName());
          }
        };
    return tomcat -> tomcat.addContextCustomizers(valve);
  }

  /** A text is UTF-8 unless it says what it is; without a filter that says so of each request. */
  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> utf8() {
    return tomcat ->
        tomcat.addContextCustomizers(
            context -> context.setRequestCharacterEncoding(StandardCharsets.UTF_8.name()));
  }

  /** Spring MVC makes the present request known by itself; no filter before it asks for it. */
  @Bean
  FilterRegistrationBean<RequestContextFilter> noRequestContextFilter() {
    var none = new FilterRegistrationBean<>(new RequestContextFilter());
    none.setEnabled(false);
    return none;
  }

  @Bean
  ServerHttpMessageConvertersCustomizer wholeAnswers(JsonMapper json) {
    return converters -> converters.withJsonConverter(new WholeAnswers(json));
  }

  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> hangUps() {
    return tomcat -> tomcat.addContextValves(new HangUp.Watch());
  }

  /**
   * OpenAI's clients write the slash of a model's name as {@code %2F}. Which paths may have it is
   * the firewall's to say.
   */
  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> slashesOfNames() {
    return tomcat ->
        tomcat.addConnectorCustomizers(connector ->
            connector.setEncodedSolidusHandling(EncodedSolidusHandling.PASS_THROUGH.getValue()));
  }

  @Bean
  SmallBuffers smallBuffers() {
    return new SmallBuffers();
  }

  /**
   * Tomcat makes it by reflection, so it is public; it writes by hand what has no text of callers.
   */
  public static final class ProblemValve extends ErrorReportValve {
    @Override
    protected void report(Request request, Response response, Throwable throwable) {
      int status = response.getStatus();
      if (status < 400 || response.getContentWritten() > 0 || !response.setErrorReported()) {
        return;
      }
      var type = ProblemType.of(status);
      response.setStatus(type.status().value());
      response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
      response.setCharacterEncoding("UTF-8");
      if (type.retryable()) {
        response.setHeader(HttpHeaders.RETRY_AFTER, Integer.toString(type.retryAfterSeconds()));
      }
      String requestId = Objects.requireNonNullElse(response.getHeader(RequestIds.HEADER), "");
      try {
        response
            .getReporter()
            .write(
                """
                {"type":"%s","title":"%s","status":%d,"detail":"The request could not be read as \
                HTTP.","retryable":%b,"requestId":"%s","error":{"message":"The request could not \
                be read as HTTP.","type":"invalid_request_error","param":null,"code":"%s"}}\
                """
                    .formatted(
                        type.uri(),
                        type.title(),
                        type.status().value(),
                        type.retryable(),
                        requestId,
                        type.code()));
        response.finishResponse();
      } catch (IOException e) {
        // The caller has gone; there is nobody to tell.
      }
    }
  }
}
