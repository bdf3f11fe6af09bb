package dev.assay.marketplace.openapi;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.DocTree;
import com.sun.source.doctree.EntityTree;
import com.sun.source.doctree.LinkTree;
import com.sun.source.doctree.LiteralTree;
import com.sun.source.doctree.ParamTree;
import com.sun.source.doctree.ReferenceTree;
import com.sun.source.doctree.StartElementTree;
import com.sun.source.doctree.TextTree;
import com.sun.source.doctree.ValueTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/** What our Javadoc says, read from the sources: the document says it in the same words. */
final class Comments {
  /**
   * @param text the main description as plain text with Markdown's back-quotes
   * @param members by name of a parameter or record component
   */
  record Comment(String text, Map<String, String> members) {
    static final Comment NONE = new Comment("", Map.of());

    String member(String name) {
      return members.getOrDefault(name, "");
    }

    String firstSentence() {
      return text.replaceAll("(?s)(?<=[.?!])\\s.*", "");
    }
  }

  private final Map<String, Comment> found = new HashMap<>();

  /** Of all sources below some folders. */
  static Comments of(List<Path> roots) {
    var comments = new Comments();
    try (var files =
        ToolProvider.getSystemJavaCompiler()
            .getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
      var sources =
          files.getJavaFileObjectsFromPaths(roots.stream().flatMap(Comments::in).toList());
      var task =
          (JavacTask)
              ToolProvider.getSystemJavaCompiler()
                  .getTask(null, files, null, List.of("-proc:none"), null, sources);
      var docs = DocTrees.instance(task);
      for (CompilationUnitTree unit : task.parse()) {
        comments.new Reader(docs).scan(unit, "");
      }
      return comments;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Comment of(Class<?> type) {
    return found.getOrDefault(type.getName(), Comment.NONE);
  }

  Comment of(Method method) {
    return found.getOrDefault(
        "%s#%s/%d"
            .formatted(
                method.getDeclaringClass().getName(), method.getName(), method.getParameterCount()),
        Comment.NONE);
  }

  Comment of(Enum<?> constant) {
    return found.getOrDefault(
        constant.getDeclaringClass().getName() + "#" + constant.name(), Comment.NONE);
  }

  private static Stream<Path> in(Path root) {
    try (var files = Files.walk(root)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Goes through a file; what is handed down is the binary name of the enclosing type. */
  private final class Reader extends TreePathScanner<Void, String> {
    private final DocTrees docs;

    Reader(DocTrees docs) {
      this.docs = docs;
    }

    @Override
    public Void visitClass(ClassTree type, String outer) {
      var unit = getCurrentPath().getCompilationUnit();
      String name =
          outer.isEmpty()
              ? unit.getPackageName() + "." + type.getSimpleName()
              : outer + "$" + type.getSimpleName();
      keep(name, name);
      return super.visitClass(type, name);
    }

    @Override
    public Void visitMethod(MethodTree method, String type) {
      keep("%s#%s/%d".formatted(type, method.getName(), method.getParameters().size()), type);
      return null;
    }

    @Override
    public Void visitVariable(VariableTree variable, String type) {
      keep(type + "#" + variable.getName(), type);
      return null;
    }

    private void keep(String name, String type) {
      TreePath path = getCurrentPath();
      DocCommentTree comment = docs.getDocCommentTree(path);
      if (comment != null) {
        Map<String, String> members = new HashMap<>();
        for (DocTree tag : comment.getBlockTags()) {
          if (tag instanceof ParamTree member && !member.isTypeParameter()) {
            members.put(member.getName().getName().toString(), text(member.getDescription(), type));
          }
        }
        found.put(name, new Comment(text(comment.getFullBody(), type), members));
      }
    }

    private String text(List<? extends DocTree> body, String type) {
      var text = new StringBuilder();
      body.forEach(part -> text.append(text(part, type)));
      return text.toString()
          .replaceAll("[ \\t]*\\n[ \\t]*", "\n")
          .replaceAll("(?<!\\n)\\n(?!\\n)", " ")
          .strip();
    }

    private String text(DocTree part, String type) {
      return switch (part) {
        case TextTree text -> text.getBody();
        case LiteralTree code ->
            "`" + code.getBody().getBody().strip().replaceAll("\\s+", " ") + "`";
        case LinkTree link ->
            link.getLabel().isEmpty()
                ? "`" + spoken(link.getReference()) + "`"
                : text(link.getLabel(), type);
        case ValueTree value -> constant(value.getReference().getSignature(), type);
        case EntityTree entity -> docs.getCharacters(entity);
        case StartElementTree element ->
            switch (element.getName().toString()) {
              case "p" -> "\n\n";
              case "em" -> "";
              default -> throw new IllegalStateException(type + " has HTML: " + element);
            };
        case DocTree other when other.getKind() == DocTree.Kind.END_ELEMENT -> "";
        default -> throw new IllegalStateException(type + " says what cannot be read: " + part);
      };
    }

    private String spoken(ReferenceTree reference) {
      return reference.getSignature().replaceFirst("^#", "").replace('#', '.');
    }

    private String constant(String reference, String type) {
      String[] parts = reference.split("#", 2);
      try {
        Class<?> owner =
            parts[0].isEmpty()
                ? Class.forName(type)
                : Class.forName(Class.forName(type).getPackageName() + "." + parts[0]);
        Field constant = owner.getDeclaredField(parts[1]);
        constant.setAccessible(true);
        return String.valueOf(constant.get(null));
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(type + " names a constant that is not there", e);
      }
    }
  }
}
