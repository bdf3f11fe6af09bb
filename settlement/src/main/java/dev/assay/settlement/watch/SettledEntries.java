package dev.assay.settlement.watch;

import dev.assay.protocol.Digest;
import dev.assay.protocol.Entry;
import java.util.List;
import java.util.Optional;

/** What a settlement moved, account by account. Its log tells only the sums. */
public interface SettledEntries {
  record Entries(List<Entry> debits, List<Entry> credits) {
    public Entries {
      debits = List.copyOf(debits);
      credits = List.copyOf(credits);
    }
  }

  /** Nothing if no batch of ours has that head. */
  Optional<Entries> of(Digest head);
}
