package dev.assay.protocol.chain;

import dev.assay.protocol.WalletAddress;
import java.time.Duration;

/** A member of a role with an execution delay: says what it will do, waits, does it. */
public record Governance(AnvilChain chain, WalletAddress accessManager, Sender member) {
  private static final FunctionType SCHEDULE =
      FunctionType.of("schedule(address,bytes,uint48)", "bytes32 operationId, uint32 nonce");
  private static final FunctionType EXECUTE =
      FunctionType.of("execute(address,bytes)", "uint32 nonce");

  public void doAfter(Duration delay, Call call) {
    member.send(SCHEDULE.at(accessManager, Abi.of(call.to()), Abi.of(call.data()), Abi.of(0)));
    chain.pass(delay);
    member.send(executionOf(call));
  }

  public Call executionOf(Call call) {
    return EXECUTE.at(accessManager, Abi.of(call.to()), Abi.of(call.data()));
  }
}
