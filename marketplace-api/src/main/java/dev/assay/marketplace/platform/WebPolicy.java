package dev.assay.marketplace.platform;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.springframework.boot.http.converter.autoconfigure.ServerHttpMessageConvertersCustomizer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.format.FormatterRegistry;
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

  /**
   * A misspelt parameter must not be taken for its absence. An answer that was waited for comes by
   * a second time, with each of its parameters twice.
   */
  private static final class KnownParametersOnly implements HandlerInterceptor {
    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_.-]{0,63}");

    private final Map<Method, Set<String>> known = new ConcurrentHashMap<>();

    @Override
    public boolean preHandle(
        HttpServletRequest request, HttpServletResponse response, Object handler) {
      if (request.getDispatcherType() == DispatcherType.REQUEST
          && request.getQueryString() != null
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

  @Bean
  WebServerPolicy webServerPolicy() {
    return new WebServerPolicy(Duration.ofSeconds(10));
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
}
