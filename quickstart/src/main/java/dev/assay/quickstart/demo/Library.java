package dev.assay.quickstart.demo;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Real sentences to compute on: a public-domain text that is shipped, and our own documents. */
public final class Library {
  private static final String CONSTITUTION = "constitution.txt";
  private static final String PART = "§ ";
  private static final String REMARK = "#";

  /** A shorter one says too little to be looked for, a longer one is cut by the model. */
  private static final int SHORTEST = 30;

  private static final int LONGEST = 900;

  private static final Pattern SENTENCE_END = Pattern.compile("(?<=[.;?!])\\s+(?=[A-Z\"(\\[`*])");

  private static final Pattern CODE = Pattern.compile("(?s)```.*?```");
  private static final Pattern PARAGRAPH_END =
      Pattern.compile("\\n\\s*\\n|\\n(?=[-*|#] ?|\\d+\\. )");
  private static final Pattern BULLET = Pattern.compile("^([-*]|\\d+\\.) ");
  private static final Pattern LINK = Pattern.compile("\\[([^\\]]*)\\]\\([^)]*\\)");

  private Library() {}

  /**
   * The Constitution of the United States with its amendments, then the documents, each sentence
   * once.
   *
   * @param checkout the folder that holds {@code docs/}
   */
  public static List<Passage> read(Path checkout) {
    try {
      List<Passage> passages = new ArrayList<>(constitution());
      passages.addAll(documents(checkout));
      return passages.stream().distinct().toList();
    } catch (IOException e) {
      throw new UncheckedIOException("reading the texts of the demo", e);
    }
  }

  /** The paragraphs of the Constitution alone: a text that stays as it is. */
  public static List<String> paragraphs() {
    try {
      return lines().stream()
          .filter(line -> !line.isBlank() && !line.startsWith(REMARK) && !line.startsWith(PART))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + CONSTITUTION, e);
    }
  }

  private static List<String> lines() throws IOException {
    try (InputStream file = Library.class.getResourceAsStream(CONSTITUTION)) {
      if (file == null) {
        throw new FileNotFoundException(CONSTITUTION + " is not on the class path");
      }
      return new String(file.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }

  static List<Passage> constitution() throws IOException {
    List<Passage> passages = new ArrayList<>();
    String part = "";
    for (String line : lines()) {
      if (line.startsWith(PART)) {
        part = line.substring(PART.length());
      } else if (!line.isBlank() && !line.startsWith(REMARK)) {
        passages.addAll(sentences("Constitution, " + part, line));
      }
    }
    return passages;
  }

  private static List<Passage> documents(Path checkout) throws IOException {
    List<Path> pages;
    try (Stream<Path> top = Files.list(checkout);
        Stream<Path> docs = Files.walk(checkout.resolve("docs"))) {
      pages =
          Stream.concat(top, docs)
              .filter(file -> file.toString().endsWith(".md"))
              .sorted()
              .toList();
    }
    List<Passage> passages = new ArrayList<>();
    for (Path page : pages) {
      String source = checkout.relativize(page).toString();
      String prose = CODE.matcher(Files.readString(page)).replaceAll("");
      PARAGRAPH_END
          .splitAsStream(prose)
          .map(paragraph -> String.join(" ", paragraph.strip().split("\\s+", -1)))
          .filter(paragraph -> !paragraph.isEmpty() && "#|<".indexOf(paragraph.charAt(0)) < 0)
          .map(paragraph ->
              LINK.matcher(BULLET.matcher(paragraph).replaceFirst("")).replaceAll("$1"))
          .map(paragraph -> paragraph.replaceAll("[`*]", ""))
          .forEach(paragraph -> passages.addAll(sentences(source, paragraph)));
    }
    return passages;
  }

  private static List<Passage> sentences(String source, String paragraph) {
    return Arrays.stream(SENTENCE_END.split(paragraph, -1))
        .map(String::strip)
        .filter(sentence -> sentence.length() >= SHORTEST && sentence.length() <= LONGEST)
        .map(sentence -> new Passage(source, sentence))
        .toList();
  }
}
