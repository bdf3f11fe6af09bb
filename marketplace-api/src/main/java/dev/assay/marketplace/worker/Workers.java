package dev.assay.marketplace.worker;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.springframework.data.jpa.repository.Modifying;
import org.springframework.data.jpa.repository.NativeQuery;
import org.springframework.data.repository.Repository;

interface Workers extends Repository<Worker, String> {
  Optional<Worker> findById(String address);

  long count();

  @NativeQuery("select address from worker")
  List<String> addresses();

  /**
   * Enrols a worker once, however many of its first polls arrive together.
   *
   * @return 1 if this call enrolled it, 0 if it was there
   */
  @Modifying
  @NativeQuery(
      """
      insert into worker (address, agent_version, enrolled_at)
      values (:address, :agentVersion, :enrolledAt)
      on conflict (address) do nothing\
      """)
  int enrolIfAbsent(String address, String agentVersion, Instant enrolledAt);
}
