package dev.assay.protocol.receipt;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads a receipt: exactly the members that the records have, each in its one form. A receipt that
 * two readers could take for two different things is none.
 */
public final class ReadReceipt {
  /** Characters; a committee of seven with the longest proofs is far smaller. */
  public static final int LONGEST = 1 << 20;

  private ReadReceipt() {}

  /**
   * @throws IllegalArgumentException that names the member, if it is no receipt of this version
   */
  public static JobReceipt of(String json) {
    if (json.length() > LONGEST) {
      throw new IllegalArgumentException(
          "A receipt has at most %d characters, this has %d.".formatted(LONGEST, json.length()));
    }
    Json document = Json.parse(json);
    if (document instanceof Json.Members(var members)
        && members.get("version") instanceof Json.Number(String version)
        && !version.equals(Integer.toString(JobReceipt.VERSION))) {
      throw new IllegalArgumentException(
          "version: this is a receipt of version %s, and %d is known here."
              .formatted(version, JobReceipt.VERSION));
    }
    return (JobReceipt) read(JobReceipt.class, document, "");
  }

  private static Object read(Type type, Json value, String path) {
    if (type instanceof ParameterizedType list && list.getRawType() == List.class) {
      return elements(list.getActualTypeArguments()[0], value, path);
    }
    var plain = (Class<?>) type;
    if (plain == String.class) {
      return text(value, path);
    }
    if (plain == boolean.class) {
      return value instanceof Json.Flag(boolean flag) ? flag : refuse(path, "is true or false");
    }
    if (plain == double.class) {
      return value instanceof Json.Number(String number)
          ? Double.parseDouble(number)
          : refuse(path, "is a number");
    }
    if (plain == long.class || plain == int.class) {
      return integer(plain, value, path);
    }
    return single(plain)
        .map(creator -> scalar(creator, value, path))
        .orElseGet(
            () -> plain.isEnum() ? constant(plain, value, path) : record(plain, value, path));
  }

  private static List<Object> elements(Type type, Json value, String path) {
    if (!(value instanceof Json.Elements(var elements))) {
      return refuse(path, "is an array");
    }
    List<Object> read = new ArrayList<>();
    for (Json element : elements) {
      read.add(read(type, element, "%s[%d]".formatted(path, read.size())));
    }
    return read;
  }

  private static String text(Json value, String path) {
    return value instanceof Json.Text(String text) ? text : refuse(path, "is a text");
  }

  private static Object integer(Class<?> type, Json value, String path) {
    if (!(value instanceof Json.Number(String number)) || !number.matches("-?[0-9]+")) {
      return refuse(path, "is a whole number");
    }
    try {
      return type == int.class ? (Object) Integer.parseInt(number) : Long.parseLong(number);
    } catch (NumberFormatException tooLarge) {
      return refuse(path, "is too large");
    }
  }

  /** What makes a value of one other value, such as an address of a text. */
  private static Optional<Executable> single(Class<?> type) {
    return Stream.<Executable>concat(
            Arrays.stream(type.getDeclaredConstructors()), Arrays.stream(type.getDeclaredMethods()))
        .filter(ReadReceipt::isDelegating)
        .findFirst();
  }

  private static boolean isDelegating(AnnotatedElement creator) {
    JsonCreator annotation = creator.getAnnotation(JsonCreator.class);
    return annotation != null
        && (annotation.mode() == JsonCreator.Mode.DELEGATING
            || creator instanceof Method method && Modifier.isStatic(method.getModifiers()));
  }

  private static Object scalar(Executable creator, Json value, String path) {
    Object from = read(creator.getGenericParameterTypes()[0], value, path);
    Object made = make(creator, path, from);
    if (from instanceof String text && !made.toString().equals(text) && !(made instanceof Enum)) {
      return refuse(path, "is not in its one form, which is " + made);
    }
    return made;
  }

  private static Object constant(Class<?> type, Json value, String path) {
    String label = text(value, path);
    for (Object constant : type.getEnumConstants()) {
      if (label(constant).equals(label)) {
        return constant;
      }
    }
    return refuse(path, "is none of those there are");
  }

  private static String label(Object constant) {
    for (Method method : constant.getClass().getDeclaredMethods()) {
      if (method.isAnnotationPresent(JsonValue.class)) {
        return String.valueOf(make(method, "", constant));
      }
    }
    return ((Enum<?>) constant).name();
  }

  private static Object record(Class<?> type, Json value, String path) {
    if (!(value instanceof Json.Members(var members))) {
      return refuse(path, "is an object");
    }
    RecordComponent[] components = type.getRecordComponents();
    Set<String> unknown = new HashSet<>(members.keySet());
    @Nullable Object[] arguments = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      String name = components[i].getName();
      Json member = members.get(name);
      unknown.remove(name);
      if (member != null) {
        arguments[i] = read(components[i].getGenericType(), member, join(path, name));
      } else if (!components[i].getAnnotatedType().isAnnotationPresent(Nullable.class)) {
        return refuse(join(path, name), "is missing");
      }
    }
    if (!unknown.isEmpty()) {
      return refuse(join(path, Json.shown(unknown.iterator().next())), "is not part of a receipt");
    }
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      return make(type.getDeclaredConstructor(types), path, arguments);
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException("A record without its constructor: " + type, e);
    }
  }

  private static String join(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  private static Object make(Executable creator, String path, @Nullable Object... arguments) {
    try {
      return switch (creator) {
        case Constructor<?> constructor -> constructor.newInstance(arguments);
        case Method method when Modifier.isStatic(method.getModifiers()) ->
            method.invoke(null, arguments);
        case Method method -> method.invoke(arguments[0]);
      };
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException refused) {
        return refuse(path, "cannot be: " + refused.getMessage());
      }
      throw new IllegalStateException("Cannot read " + path, e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Cannot read " + path, e);
    }
  }

  private static <T> T refuse(String path, String why) {
    throw new IllegalArgumentException(
        "%s %s.".formatted(path.isEmpty() ? "A receipt" : path, why.replaceAll("\\.$", "")));
  }
}
