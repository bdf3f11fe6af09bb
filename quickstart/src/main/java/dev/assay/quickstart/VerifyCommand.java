package dev.assay.quickstart;

import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.receipt.CheckOnChain;
import dev.assay.protocol.receipt.CheckReceipt;
import dev.assay.protocol.receipt.JobReceipt;
import dev.assay.protocol.receipt.ReadReceipt;
import dev.assay.protocol.receipt.Step;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    description = {
      "Checks a receipt, without asking anybody of the market that issued it.",
      "Offline it shows that request, result, check and payment belong together and that a worker's"
          + " key signed the result; with a node of the chain, that all of it was posted there.",
      "Exits 0 if every step holds, 65 if one does not, 69 if the node does not answer."
    })
final class VerifyCommand implements Callable<Integer> {
  /** What is said last of a receipt that holds before a node. */
  static final String ON_CHAIN = "All of it holds, and stands on chain.";

  @Parameters(
      paramLabel = "RECEIPT",
      description = "the file, as GET /api/jobs/ID/receipt answers it; - for standard input")
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private String file;

  @Option(
      names = "--rpc",
      paramLabel = "URL",
      description = "a node of the chain, by JSON-RPC over HTTP; any that you trust")
  private @Nullable URI rpc;

  @Option(
      names = "--court",
      paramLabel = "ADDRESS",
      description = "the Court that you trust; refuses a receipt of any other")
  private @Nullable String court;

  @Option(
      names = "--escrow",
      paramLabel = "ADDRESS",
      description = "the Escrow that you trust; refuses a receipt of any other")
  private @Nullable String escrow;

  @Option(
      names = "--input",
      paramLabel = "FILE",
      description =
          "what the job was posted with; together with --result the model is run again, which takes"
              + " seconds")
  private @Nullable Path input;

  @Option(
      names = "--result",
      paramLabel = "FILE",
      description = "as GET /api/jobs/ID/result answers it")
  private @Nullable Path result;

  @Option(names = "--json", description = "print the steps as one JSON object")
  private boolean json;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  @Override
  public Integer call() {
    List<Step> steps = new ArrayList<>();
    String document = read(file);
    if ((input == null) != (result == null)) {
      throw new Refusal(ExitCode.USAGE, "--input and --result go together.");
    }
    try {
      JobReceipt receipt = ReadReceipt.of(document);
      steps.add(new Step("format", true, "a receipt of version " + receipt.version()));
      steps.addAll(CheckReceipt.offline(receipt));
      steps.addAll(trusted(receipt));
      if (input != null && result != null) {
        steps.add(replayed(receipt, input, result));
      }
      if (rpc != null) {
        steps.addAll(onChain(receipt, rpc));
      }
    } catch (IllegalArgumentException unreadable) {
      steps.add(new Step("format", false, String.valueOf(unreadable.getMessage())));
    }
    boolean holds = steps.stream().allMatch(Step::holds);
    print(steps, holds);
    return holds ? 0 : ExitCode.DATA.number();
  }

  /** What these files are is said of them, and not of the receipt. */
  private static Step replayed(JobReceipt receipt, Path input, Path result) {
    String posted = read(input.toString());
    String answered = read(result.toString());
    try {
      return ReplayResult.of(receipt, posted, answered);
    } catch (IllegalArgumentException | JacksonException e) {
      throw new Refusal(
          ExitCode.DATA,
          "%s and %s are not an input and its result: %s".formatted(input, result, e.getMessage()),
          e);
    }
  }

  private List<Step> trusted(JobReceipt receipt) {
    List<Step> steps = new ArrayList<>();
    if (court != null) {
      steps.add(trusted("court", address("--court", court), receipt.chain().court()));
    }
    if (escrow != null) {
      steps.add(trusted("escrow", address("--escrow", escrow), receipt.chain().escrow()));
    }
    return steps;
  }

  private static Step trusted(String name, WalletAddress wanted, WalletAddress named) {
    return new Step(
        "trusted " + name,
        wanted.equals(named),
        wanted.equals(named)
            ? "chain.%s is %s".formatted(name, named)
            : "chain.%s is %s, not %s, which you trust".formatted(name, named, wanted));
  }

  private static WalletAddress address(String option, String text) {
    try {
      return new WalletAddress(text);
    } catch (IllegalArgumentException e) {
      throw new Refusal(ExitCode.USAGE, "%s: %s".formatted(option, e.getMessage()), e);
    }
  }

  private static List<Step> onChain(JobReceipt receipt, URI rpc) {
    try {
      return CheckOnChain.of(receipt, new LocalChain(rpc));
    } catch (UncheckedIOException | IllegalStateException e) {
      throw new Refusal(
          ExitCode.UNAVAILABLE,
          "The node at %s does not answer as one should: %s".formatted(rpc, e.getMessage()),
          e);
    }
  }

  private static String read(String file) {
    try {
      byte[] bytes;
      if (file.equals("-")) {
        bytes = System.in.readNBytes(ReadReceipt.LONGEST + 1);
      } else {
        try (InputStream in = Files.newInputStream(Path.of(file))) {
          bytes = in.readNBytes(ReadReceipt.LONGEST + 1);
        }
      }
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new Refusal(ExitCode.DATA, "%s is not a text in UTF-8.".formatted(file), e);
    } catch (NoSuchFileException e) {
      throw new Refusal(ExitCode.USAGE, "There is no file %s.".formatted(file), e);
    } catch (IOException e) {
      throw new Refusal(ExitCode.IO, "%s cannot be read: %s".formatted(file, e.getMessage()), e);
    }
  }

  private void print(List<Step> steps, boolean holds) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(
          JsonMapper.shared()
              .writeValueAsString(
                  Map.of("holds", holds, "askedChain", rpc != null, "steps", steps)));
      return;
    }
    for (Step step : steps) {
      out.printf("%-4s  %-20s %s%n", step.holds() ? "OK" : "FAIL", step.name(), step.compared());
    }
    if (rpc == null && holds) {
      out.println(
          "All of it belongs together. That it was posted on chain was not asked: --rpc URL.");
    } else if (holds) {
      out.println(ON_CHAIN);
    } else {
      out.println("This receipt does not hold.");
    }
  }
}
