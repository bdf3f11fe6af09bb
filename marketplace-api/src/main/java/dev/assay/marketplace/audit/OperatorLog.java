package dev.assay.marketplace.audit;

import dev.assay.protocol.admin.LogHead;

/** The log of what operators did, whose end is sealed with each epoch. */
public interface OperatorLog {
  LogHead head();
}
