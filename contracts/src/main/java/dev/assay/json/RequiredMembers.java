package dev.assay.json;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import java.lang.reflect.Constructor;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JacksonModule;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.introspect.AnnotatedParameter;
import tools.jackson.databind.introspect.NopAnnotationIntrospector;
import tools.jackson.databind.module.SimpleModule;

/**
 * Each member of a record must be there, and not be null, unless the record says that it may be
 * null, or is optional; and no member of its lists is null. Jackson's own switches know no
 * exception.
 */
public final class RequiredMembers extends NopAnnotationIntrospector {
  private RequiredMembers() {}

  /** For a mapper that is to read so. */
  public static JacksonModule module() {
    return new SimpleModule("required-members") {
      @Override
      public void setupModule(SetupContext context) {
        super.setupModule(context);
        context.insertAnnotationIntrospector(new RequiredMembers());
      }
    };
  }

  @Override
  public @Nullable Boolean hasRequiredMarker(MapperConfig<?> config, AnnotatedMember member) {
    return isRequired(member) ? Boolean.TRUE : null;
  }

  @Override
  public JsonSetter.Value findSetterInfo(MapperConfig<?> config, Annotated member) {
    if (ofRecord(member).isEmpty()) {
      return JsonSetter.Value.empty();
    }
    return isRequired(member)
        ? JsonSetter.Value.construct(Nulls.FAIL, Nulls.FAIL)
        : JsonSetter.Value.forContentNulls(Nulls.FAIL);
  }

  private static Optional<AnnotatedParameter> ofRecord(Annotated member) {
    return member instanceof AnnotatedParameter parameter
            && parameter.getOwner().getDeclaringClass().isRecord()
            && parameter.getOwner().getAnnotated() instanceof Constructor<?>
        ? Optional.of(parameter)
        : Optional.empty();
  }

  private static boolean isRequired(Annotated member) {
    return ofRecord(member)
        .filter(parameter -> parameter.getRawType() != Optional.class)
        .filter(parameter ->
            parameter.getOwner().getAnnotated() instanceof Constructor<?> constructor
                && !constructor.getAnnotatedParameterTypes()[parameter.getIndex()]
                    .isAnnotationPresent(Nullable.class))
        .isPresent();
  }
}
