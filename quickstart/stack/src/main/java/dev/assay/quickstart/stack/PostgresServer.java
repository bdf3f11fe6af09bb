package dev.assay.quickstart.stack;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * A real PostgreSQL server in a home, with the roles and schemas of both services. Data is kept and
 * durable, unless the home is throw-away: then nothing waits for the disk.
 *
 * @param address where it listens
 * @param process its postmaster
 */
public record PostgresServer(PostgresAddress address, ChildProcess process) implements Server {
  private static final String HOST = "127.0.0.1";
  private static final String SUPERUSER = "postgres";
  private static final Duration READY_WITHIN = Duration.ofSeconds(60);
  private static final int PASSWORD_BYTES = 16;
  static final String PASSWORDS = "pg18/passwords";

  /**
   * True if PostgreSQL's programs are on the class path for this operating system and processor.
   */
  public static boolean existsForThisMachine() {
    return PostgresPrograms.existForThisMachine();
  }

  /** Returns when it can be used. */
  public static PostgresServer start(Home home, int port) {
    var programs = PostgresPrograms.in(home);
    Path data = home.resolve("pg18/data");
    var address = address(home, port);
    if (!Files.exists(data.resolve("PG_VERSION"))) {
      initialise(home, programs, data, address.superuserPassword());
    }
    overlookZombie(data.resolve("postmaster.pid"));
    var process = ChildProcess.start(home, spec(home, programs, data, address));
    process.awaitReady();
    try {
      Databases.provide(address, PostgresAddress.DATABASE);
    } catch (SQLException e) {
      process.stop();
      throw new Refusal(
          ExitCode.SOFTWARE,
          "PostgreSQL runs, but its roles and schemas cannot be prepared: " + e.getMessage(),
          e);
    }
    return new PostgresServer(address, process);
  }

  private static ChildSpec spec(
      Home home, PostgresPrograms programs, Path data, PostgresAddress address) {
    List<String> command = new ArrayList<>(programs.prefix());
    command.addAll(List.of(programs.program("postgres"), "-D", data.toString()));
    Map<String, String> settings =
        Map.of(
            "port", String.valueOf(address.port()),
            "listen_addresses", HOST,
            "unix_socket_directories", "",
            "max_connections", "300",
            "shared_buffers", "64MB",
            "io_method", "sync", // no helper processes: the machine is shared with everything else
            "jit", "off",
            "log_timezone", "UTC",
            "timezone", "UTC");
    settings.forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value)));
    String durability = home.isThrowAway() ? "off" : "on";
    for (String setting : List.of("fsync", "synchronous_commit", "full_page_writes")) {
      command.addAll(List.of("-c", setting + "=" + durability));
    }
    return new ChildSpec(
        "postgresql",
        command,
        address.port(),
        Map.of("LC_ALL", "C"),
        StopSignal.INT,
        () -> accepts(address),
        READY_WITHIN);
  }

  /**
   * A killed server whose exit nobody has collected yet (containers often have such an init) still
   * has its pid, and PostgreSQL would take it for a running one. We own the home alone, so the pid
   * in its lock file gives way to one that no system hands out; the rest of the file, by which
   * PostgreSQL finds surviving backends, stays.
   */
  private static void overlookZombie(Path lockFile) {
    try {
      List<String> lines = new ArrayList<>(Files.readAllLines(lockFile));
      if (!lines.isEmpty() && isZombie(lines.getFirst().strip())) {
        lines.set(0, String.valueOf(Integer.MAX_VALUE));
        Files.write(lockFile, lines);
      }
    } catch (NoSuchFileException closedProperly) {
      // Nothing to overlook.
    } catch (IOException e) {
      throw Refusal.because("read " + lockFile, e);
    }
  }

  /** Only Linux keeps them visible long enough to matter. */
  private static boolean isZombie(String pid) throws IOException {
    try {
      String stat = Files.readString(Path.of("/proc", pid, "stat"), StandardCharsets.ISO_8859_1);
      return stat.startsWith(" Z ", stat.lastIndexOf(')') + 1);
    } catch (NoSuchFileException | InvalidPathException gone) {
      return false;
    }
  }

  private static boolean accepts(PostgresAddress address) {
    try (Connection connection = address.superuserLogin("postgres").connect()) {
      return connection.isValid(1);
    } catch (SQLException notYet) {
      return false;
    }
  }

  /**
   * An interrupted one leaves no {@code data} folder behind, so it is done again from the start.
   */
  private static void initialise(
      Home home, PostgresPrograms programs, Path data, String superuserPassword) {
    Path unfinished = data.resolveSibling("data.unfinished");
    Path passwordFile = home.scratch().resolve("superuser");
    Path log = home.logs().resolve("postgresql-initdb.log");
    try {
      Home.deleteTree(unfinished);
      Home.deleteTree(data); // without PG_VERSION it holds no database
      writePrivately(passwordFile, superuserPassword.getBytes(StandardCharsets.UTF_8));
      List<String> command = new ArrayList<>(programs.prefix());
      command.addAll(List.of(programs.program("initdb"), "-D", unfinished.toString()));
      command.addAll(List.of("-U", SUPERUSER, "-A", "scram-sha-256"));
      command.addAll(List.of("--pwfile", passwordFile.toString()));
      // Stretching is for what people choose: these are 128 random bits, and each connection of a
      // JVM that has just started would hash 8,192 times for them.
      command.addAll(List.of("-c", "scram_iterations=1"));
      command.addAll(List.of("-E", "UTF8", "--locale", "C", "--no-instructions"));
      if (home.isThrowAway()) {
        command.add("--no-sync");
      }
      int exitValue =
          new ProcessBuilder(command)
              .directory(home.directory().toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start()
              .waitFor();
      if (exitValue != 0) {
        throw new LogDiagnosis("initdb", 0, home.directory(), log, 0).ofEarlyEnd(exitValue);
      }
      Files.move(unfinished, data);
    } catch (IOException e) {
      throw Refusal.because("initialise " + data, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Refusal(ExitCode.SOFTWARE, "Stopped while PostgreSQL was being initialised.", e);
    } finally {
      passwordFile.toFile().delete();
    }
  }

  /** Passwords are made once for each home and kept in it, for its owner only. */
  private static PostgresAddress address(Home home, int port) {
    Path file = home.resolve(PASSWORDS);
    var kept = new Properties();
    try {
      if (Files.exists(file)) {
        try (InputStream in = Files.newInputStream(file)) {
          kept.load(in);
        }
      } else {
        kept.setProperty(SUPERUSER, password());
        for (DatabaseRole role : DatabaseRole.values()) {
          kept.setProperty(role.label(), password());
        }
        writePrivately(file, new byte[0]);
        try (OutputStream out = Files.newOutputStream(file)) {
          kept.store(out, null);
        }
      }
    } catch (IOException e) {
      throw Refusal.because("use " + file, e);
    }
    Map<DatabaseRole, String> passwords = new EnumMap<>(DatabaseRole.class);
    for (DatabaseRole role : DatabaseRole.values()) {
      passwords.put(role, required(kept, role.label(), file));
    }
    return new PostgresAddress(HOST, port, SUPERUSER, required(kept, SUPERUSER, file), passwords);
  }

  /**
   * For whoever owns the home of a server that runs.
   *
   * @param jdbcUrl of the server
   */
  public static DatabaseLogin login(Path home, String jdbcUrl, DatabaseRole role) {
    return login(home, jdbcUrl, role.label());
  }

  /** As {@link #login}, for the person who administers the server. */
  public static DatabaseLogin superuserLogin(Path home, String jdbcUrl) {
    return login(home, jdbcUrl, SUPERUSER);
  }

  private static DatabaseLogin login(Path home, String jdbcUrl, String user) {
    Path file = home.resolve(PASSWORDS);
    var kept = new Properties();
    try (InputStream in = Files.newInputStream(file)) {
      kept.load(in);
    } catch (IOException e) {
      throw Refusal.because("read " + file, e);
    }
    return new DatabaseLogin(jdbcUrl, user, required(kept, user, file));
  }

  private static String required(Properties kept, String name, Path file) {
    String password = kept.getProperty(name);
    if (password == null || password.isBlank()) {
      throw new Refusal(
          ExitCode.DATA,
          "%s has no password of %s; it was changed or cut. Restore it, or run ./assay reset."
              .formatted(file, name));
    }
    return password;
  }

  private static String password() {
    byte[] bytes = new byte[PASSWORD_BYTES];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private static void writePrivately(Path file, byte[] content) throws IOException {
    Files.createDirectories(file.getParent());
    Files.deleteIfExists(file);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.write(file, content);
  }
}
