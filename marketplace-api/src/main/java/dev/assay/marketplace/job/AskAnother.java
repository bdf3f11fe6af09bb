package dev.assay.marketplace.job;

import dev.assay.protocol.JobId;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.JobInput;
import java.util.Optional;
import java.util.Set;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** Lets another worker compute a strict job whose answer was not confirmed. */
@Service
public class AskAnother {
  private final PostJob posting;
  private final Jobs jobs;
  private final ApplicationEventPublisher events;

  AskAnother(PostJob posting, Jobs jobs, ApplicationEventPublisher events) {
    this.posting = posting;
    this.jobs = jobs;
    this.events = events;
  }

  /**
   * Within the caller's transaction: the money is held and the voice is there, or nothing has
   * happened.
   *
   * @param asked who has computed it already
   * @return the voice; none if nobody can be asked
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public Optional<JobId> ask(Job first, JobInput input, Set<WalletAddress> asked) {
    return posting.another(first, input, asked).map(Job::id);
  }

  /** After the commit. */
  public void tell(JobId voice) {
    jobs.withoutEnd(Set.of(voice)).forEach(job -> events.publishEvent(new JobOpened(job, false)));
  }
}
