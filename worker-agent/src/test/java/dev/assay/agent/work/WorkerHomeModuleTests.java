package dev.assay.agent.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.protocol.WalletAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkerHomeModuleTests {
  private static final WorkerStatus STATUS =
      WorkerStatus.starting(
          new WalletAddress("0x" + "ab".repeat(20)),
          URI.create("http://127.0.0.1:8080"),
          "assay-worker/test",
          42,
          2,
          Instant.parse("2026-11-23T12:00:00Z"));

  @TempDir Path folder;

  @Test
  void a_home_is_made_for_its_owner_alone() throws IOException {
    Path home = folder.resolve("a/b");

    try (WorkerHome _ = opened(home)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home)))
          .isEqualTo("rwx------");
    }
  }

  @Test
  void a_second_agent_is_refused_and_told_who_is_there() throws IOException {
    try (WorkerHome _ = opened(folder)) {
      assertThat(WorkerHome.open(folder, 43)).isEqualTo(new WorkerHome.Opening.InUse(folder, "42"));
      assertThat(WorkerHome.isInUse(folder)).isTrue();
    }
    assertThat(WorkerHome.isInUse(folder)).isFalse();
    assertThat(WorkerHome.open(folder, 43)).isInstanceOf(WorkerHome.Opening.Opened.class);
  }

  /** As {@code status --watch} does, each time it looks. */
  @Test
  void a_look_at_the_lock_does_not_keep_an_agent_from_starting() throws Exception {
    opened(folder).close();
    try (FileChannel look =
        FileChannel.open(folder.resolve("worker.lock"), StandardOpenOption.WRITE)) {
      FileLock held = look.lock();
      Thread looking =
          Thread.startVirtualThread(() -> {
            LockSupport.parkNanos(30_000_000);
            try {
              held.release();
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });

      opened(folder).close();
      looking.join();
    }
  }

  @Test
  void a_file_in_the_place_of_the_home_is_told() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));

    assertThat(WorkerHome.open(file, 42))
        .isEqualTo(new WorkerHome.Opening.Unusable(file, file + " is not a directory"));
  }

  @Test
  void a_status_is_read_as_it_was_written() throws IOException {
    assertThat(WorkerHome.lastStatus(folder)).isEmpty();
    try (WorkerHome home = opened(folder)) {
      home.write(STATUS);
      home.write(STATUS);
    }

    assertThat(WorkerHome.lastStatus(folder)).contains(STATUS);
    assertThat(folder)
        .isDirectoryNotContaining(file -> file.getFileName().toString().endsWith(".new"));
  }

  @Test
  void its_figures_lie_beside_it_as_prometheus_reads_them() throws IOException {
    try (WorkerHome home = opened(folder)) {
      home.write(STATUS);
    }

    assertThat(Files.readAllLines(folder.resolve("worker.prom")))
        .contains(
            "# TYPE assay_worker_state gauge",
            "assay_worker_state{state=\"starting\"} 1",
            "assay_worker_state{state=\"idle\"} 0",
            "assay_worker_results_total{outcome=\"handed-back\"} 0",
            "assay_worker_jobs_capacity 2",
            "assay_worker_status_timestamp_seconds 1795435200")
        .allMatch(line ->
            line.matches(
                "# (HELP|TYPE) .+|assay_worker_[a-z_]+(\\{[a-z]+=\"[a-z-]+\"\\})? [0-9]+"));
  }

  @Test
  void a_status_that_is_not_ours_is_told() throws IOException {
    Files.writeString(folder.resolve("status.json"), "{");

    assertThatThrownBy(() -> WorkerHome.lastStatus(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("status.json is not a status");
  }

  private static WorkerHome opened(Path directory) {
    return switch (WorkerHome.open(directory, 42)) {
      case WorkerHome.Opening.Opened(WorkerHome home) -> home;
      case WorkerHome.Opening other -> throw new AssertionError(other);
    };
  }
}
