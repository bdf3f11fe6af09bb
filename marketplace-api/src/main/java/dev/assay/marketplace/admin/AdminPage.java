package dev.assay.marketplace.admin;

import org.springframework.context.annotation.Configuration;
import org.springframework.http.CacheControl;
import org.springframework.web.servlet.config.annotation.ResourceHandlerRegistry;
import org.springframework.web.servlet.config.annotation.ViewControllerRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** {@code /admin}: a page, its style and its script, as they lie in {@code resources/admin}. */
@Configuration(proxyBeanMethods = false)
class AdminPage implements WebMvcConfigurer {
  @Override
  public void addResourceHandlers(ResourceHandlerRegistry resources) {
    resources
        .addResourceHandler("/admin/*")
        .addResourceLocations("classpath:/admin/")
        .setCacheControl(CacheControl.noCache());
  }

  @Override
  public void addViewControllers(ViewControllerRegistry views) {
    views.addRedirectViewController("/admin", "/admin/index.html");
  }
}
