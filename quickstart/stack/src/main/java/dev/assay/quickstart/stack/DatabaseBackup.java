package dev.assay.quickstart.stack;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A copy of a home's database, of both services at one moment: taken while they run, put back when
 * they do not. It is what {@code pg_basebackup} does, by the same functions of the server, because
 * the programs that are embedded are few: {@code initdb}, {@code pg_ctl} and {@code postgres}.
 */
public final class DatabaseBackup {
  private static final String DATA = "pg18/data";
  private static final Path LOG = Path.of("pg_wal");

  /** What a server makes anew when it starts; and its log, which is copied last. */
  private static final Set<Path> NOT_COPIED =
      Set.of(
          LOG,
          Path.of("pg_dynshmem"),
          Path.of("pg_notify"),
          Path.of("pg_serial"),
          Path.of("pg_snapshots"),
          Path.of("pg_stat_tmp"),
          Path.of("pg_subtrans"),
          Path.of("postmaster.opts"),
          Path.of("postmaster.pid"));

  private static final Pattern FIRST_SEGMENT =
      Pattern.compile("START WAL LOCATION: \\S+ \\(file ([0-9A-F]{24})\\)");
  private static final Pattern SEGMENT = Pattern.compile("[0-9A-F]{24}");

  private DatabaseBackup() {}

  /**
   * Copies the database of a market that runs.
   *
   * @param login of the superuser
   * @param target a folder that does not exist yet; readable by its owner alone, for the database
   *     has everything
   * @throws Refusal if it cannot be written, or was overtaken by the server's own tidying
   */
  public static void take(Path home, DatabaseLogin login, Path target) {
    if (Files.exists(target)) {
      throw new Refusal(
          ExitCode.CANNOT_CREATE,
          "%s is there already; a backup is never written over another.".formatted(target));
    }
    Path unfinished = target.resolveSibling(target.getFileName() + ".unfinished");
    try (Connection connection = login.connect();
        var statement = connection.createStatement()) {
      Home.deleteTree(unfinished);
      Path copy = Files.createDirectories(unfinished.resolve("data"));
      statement.execute("select pg_backup_start('assay backup', fast => true)");
      copy(home.resolve(DATA), copy, NOT_COPIED);
      String label;
      try (var rows = statement.executeQuery("select labelfile from pg_backup_stop(false)")) {
        rows.next();
        label = rows.getString(1);
      }
      Files.writeString(copy.resolve("backup_label"), label);
      copy(home.resolve(DATA).resolve(LOG), copy.resolve(LOG), Set.of());
      requireLog(label, copy.resolve(LOG));
      Files.copy(
          home.resolve(PostgresServer.PASSWORDS),
          unfinished.resolve("passwords"),
          StandardCopyOption.COPY_ATTRIBUTES);
      force(unfinished);
      Files.move(unfinished, target);
    } catch (IOException e) {
      throw Refusal.because("write the backup " + target, e);
    } catch (SQLException e) {
      throw new Refusal(
          ExitCode.UNAVAILABLE, "The database does not let itself be copied: " + e.getMessage(), e);
    }
  }

  /** The server may have recycled the first segments while the files were copied. */
  private static void requireLog(String label, Path log) {
    Matcher first = FIRST_SEGMENT.matcher(label);
    if (!first.find() || !Files.exists(log.resolve(first.group(1)))) {
      throw new Refusal(
          ExitCode.IN_USE,
          "The database wrote more during the copy than it keeps of its log. Try again when less"
              + " is going on.");
    }
  }

  /**
   * Puts a backup in the place of a home's database. What was there is moved aside and never
   * deleted.
   *
   * @param home that nothing runs in
   * @param isLogAdded whether what the database wrote after the backup is taken from the one that
   *     is replaced, as from an archive: then nothing is lost
   * @return where that one is now
   */
  public static Path restore(Home home, Path backup, boolean isLogAdded) {
    Path from = backup.resolve("data");
    if (!Files.isRegularFile(from.resolve("backup_label"))) {
      throw new Refusal(
          ExitCode.DATA, "%s is not a whole backup; nothing was changed.".formatted(backup));
    }
    Path data = home.resolve(DATA);
    Path unfinished = data.resolveSibling("data.unfinished");
    Path replaced = free(data);
    try {
      Home.deleteTree(unfinished);
      copy(from, Files.createDirectories(unfinished), Set.of());
      Files.setPosixFilePermissions(unfinished, Files.getPosixFilePermissions(from));
      Path log = data.resolve(LOG);
      if (isLogAdded) {
        if (!Files.isDirectory(log)) {
          throw new Refusal(
              ExitCode.DATA,
              "%s has no log left that could be added. With --without-log what came after the"
                      .formatted(data)
                  + " backup is lost; settlement then sends nothing until a person has looked.");
        }
        try (Stream<Path> segments = Files.list(log)) {
          for (Path segment : segments.toList()) {
            if (SEGMENT.matcher(segment.getFileName().toString()).matches()) {
              Files.copy(
                  segment,
                  unfinished.resolve(LOG).resolve(segment.getFileName()),
                  StandardCopyOption.REPLACE_EXISTING,
                  StandardCopyOption.COPY_ATTRIBUTES);
            }
          }
        }
      }
      if (Files.notExists(home.resolve(PostgresServer.PASSWORDS))) {
        Files.copy(
            backup.resolve("passwords"),
            home.resolve(PostgresServer.PASSWORDS),
            StandardCopyOption.COPY_ATTRIBUTES);
      }
      force(unfinished);
      if (Files.exists(data)) {
        Files.move(data, replaced);
      }
      Files.move(unfinished, data);
    } catch (IOException e) {
      throw Refusal.because("restore " + data, e);
    }
    return replaced;
  }

  private static Path free(Path data) {
    int number = 1;
    while (Files.exists(data.resolveSibling("data.replaced-" + number))) {
      number++;
    }
    return data.resolveSibling("data.replaced-" + number);
  }

  /** With empty folders in the place of those that are left out. */
  private static void copy(Path from, Path to, Set<Path> without) throws IOException {
    List<Path> tree;
    try (Stream<Path> files = Files.walk(from)) {
      tree = files.toList();
    }
    for (Path file : tree) {
      Path relative = from.relativize(file);
      boolean isLeftOut = without.stream().anyMatch(relative::startsWith);
      Path target = to.resolve(relative.toString());
      try {
        if (Files.isDirectory(file)) {
          if (!isLeftOut || without.contains(relative)) {
            Files.createDirectories(target);
            Files.setPosixFilePermissions(target, Files.getPosixFilePermissions(file));
          }
        } else if (!isLeftOut) {
          Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES);
        }
      } catch (NoSuchFileException gone) {
        // The server removes files meanwhile; its log knows.
      }
    }
  }

  private static void force(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
          channel.force(true);
        }
      }
    }
  }
}
