package dev.assay.marketplace.identity;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.MethodParameter;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * Gives controllers the {@link Caller} or the {@link Admin}, and within this module the {@link
 * Credential}.
 */
@Configuration(proxyBeanMethods = false)
class CallerParameters implements WebMvcConfigurer, HandlerMethodArgumentResolver {
  @Override
  public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
    resolvers.add(this);
  }

  @Override
  public boolean supportsParameter(MethodParameter parameter) {
    return parameter.getParameterType() == Admin.class
        || parameter.getParameterType() == Caller.class
        || parameter.getParameterType() == Credential.class;
  }

  @Override
  public Object resolveArgument(
      MethodParameter parameter,
      @Nullable ModelAndViewContainer model,
      NativeWebRequest request,
      @Nullable WebDataBinderFactory binders) {
    if (parameter.getParameterType() == Admin.class) {
      return AdminAuthentication.current()
          .orElseThrow(() -> new IllegalStateException("A request of no operator came this far."));
    }
    Credential credential =
        CallerAuthentication.current()
            .orElseThrow(
                () -> new IllegalStateException("A public operation asks who is calling."));
    return parameter.getParameterType() == Caller.class ? credential.caller() : credential;
  }
}
