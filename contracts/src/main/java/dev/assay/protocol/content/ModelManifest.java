package dev.assay.protocol.content;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.assay.protocol.Digest;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What a model is, by content: other weights, another tokenizer or another precision is another
 * model with another digest, whatever it is called.
 *
 * @param name for people and for {@code model} in requests, such as {@code all-minilm-l6-v2};
 *     {@value #NAME_RULE}
 * @param contextUnits the most input units that one text or conversation may have
 * @param files everything that decides an answer, at least one
 */
public record ModelManifest(String name, JobKind kind, int contextUnits, List<ModelFile> files) {
  public static final String NAME_RULE =
      "1 to 96 of a-z, 0-9, '.', '_', ':', '/' and '-', beginning with a letter or digit";

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._:/-]{0,95}");
  private static final String TAG = "assay/model/1";

  /**
   * One file of a model.
   *
   * @param path relative, with {@code /}, as the runtime loads it
   * @param size in bytes
   * @param sha256 of its content
   */
  public record ModelFile(String path, long size, Digest sha256) {}

  /**
   * @throws IllegalArgumentException for a name of another form, no file, or a path twice
   */
  public ModelManifest {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("A model's name is " + NAME_RULE + ".");
    }
    if (contextUnits < 1) {
      throw new IllegalArgumentException("contextUnits is at least 1.");
    }
    files = files.stream().sorted(Comparator.comparing(ModelFile::path)).toList();
    if (files.isEmpty() || files.stream().map(ModelFile::path).distinct().count() < files.size()) {
      throw new IllegalArgumentException("A model has at least one file, and no path twice.");
    }
  }

  /** {@code modelDigest} of everything that is signed. The name is not part of it. */
  @JsonIgnore
  public Digest digest() {
    var bytes = new CanonicalBytes(TAG).text(kind.toString()).number(files.size());
    for (ModelFile file : files) {
      bytes.text(file.path()).number(file.size()).digest(file.sha256());
    }
    return bytes.keccak256();
  }
}
