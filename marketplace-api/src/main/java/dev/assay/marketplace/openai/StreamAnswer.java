package dev.assay.marketplace.openai;

import dev.assay.marketplace.dispatch.JobEvent;
import dev.assay.marketplace.dispatch.JobFeeds;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.model.Model;
import dev.assay.marketplace.model.Models;
import dev.assay.marketplace.openai.AwaitAnswer.Answer;
import dev.assay.marketplace.openai.ChatCompletion.Chunk;
import dev.assay.marketplace.openai.ChatCompletion.ChunkChoice;
import dev.assay.marketplace.openai.ChatCompletion.Delta;
import dev.assay.marketplace.openai.PlaceOrder.Placed;
import dev.assay.marketplace.platform.HangUp;
import dev.assay.marketplace.platform.OpenAiError;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Service;
import tools.jackson.databind.json.JsonMapper;

/**
 * Tells an answer as it is made, in chunks as OpenAI's clients read them. Written by the request's
 * own thread: a client that reads slowly is waited for and holds up nobody. Until there is
 * something to tell, nothing is sent, so that a job that fails before has the status of its
 * failure.
 */
@Service
class StreamAnswer {
  private static final Logger LOG = LoggerFactory.getLogger(StreamAnswer.class);

  /** How often it is looked whether anybody listens, if there is nothing to tell. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** Proxies cut what is silent for longer. */
  private static final int SILENT_LOOKS = 15;

  private final JobFeeds feeds;
  private final LetGo letting;
  private final AwaitAnswer answers;
  private final Models models;
  private final JsonMapper json;

  StreamAnswer(JobFeeds feeds, LetGo letting, AwaitAnswer answers, Models models, JsonMapper json) {
    this.models = models;
    this.feeds = feeds;
    this.letting = letting;
    this.answers = answers;
    this.json = json;
  }

  /**
   * Returns when all is told, or nobody listens any more: then the job is let go.
   *
   * @return false if nothing was told of a job that was joined, and that has not ended whole
   *     because somebody else had hung up
   * @throws Problem if there is no result, and nothing was told yet
   */
  boolean tell(
      Placed placed, ChatRequest wanted, HttpServletRequest request, HttpServletResponse response) {
    Job job = placed.job();
    try (JobFeeds.Following feed = feeds.follow(job)) {
      var telling = new Telling(placed, feed, wanted, request, response);
      int silent = 0;
      try {
        while (!telling.isOver && !feed.isDone()) {
          Optional<JobEvent> event = feed.next(LOOK);
          if (event.isPresent()) {
            silent = 0;
            telling.on(event.get());
          } else if (feed.isDone()) {
            telling.stop(AwaitAnswer.stopping(job));
          } else if (HangUp.hasHappened(request)) {
            throw new IOException("nobody listens");
          } else {
            Optional<Problem> givenUp = answers.givenUp(job);
            if (givenUp.isPresent()) {
              telling.stop(givenUp.get());
            } else if (++silent % SILENT_LOOKS == 0) {
              telling.stillHere();
            }
          }
        }
      } catch (IOException gone) {
        if (!telling.isBegun) { // who has heard nothing may ask again
          waitForAnother(feed);
        }
        letting.go(placed, feed);
      }
      if (telling.isAtOdds && feed.isLast()) {
        letting.cancel(job);
      }
      return !telling.isTakenBack;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /** What is said meanwhile is heard by nobody. */
  private static void waitForAnother(JobFeeds.Following feed) throws InterruptedException {
    long untilNanos = System.nanoTime() + LetGo.SENT_AGAIN_WITHIN.toNanos();
    long left = LetGo.SENT_AGAIN_WITHIN.toNanos();
    while (left > 0 && !feed.isDone()) {
      feed.next(Duration.ofNanos(left));
      left = untilNanos - System.nanoTime();
    }
  }

  /** One telling of one answer. */
  private final class Telling {
    private final Placed placed;
    private final JobFeeds.Following feed;
    private final Job job;
    private final String model;
    private final ChatRequest wanted;
    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private final StringBuilder told = new StringBuilder();
    private final StringBuilder unsent = new StringBuilder();
    private int attempt;
    private int heard;
    private boolean isBegun;
    private boolean hasSaidWho;
    private boolean isOver;

    private boolean isTakenBack;

    /** Whether another attempt says something else than what was told. */
    private boolean isAtOdds;

    Telling(
        Placed placed,
        JobFeeds.Following feed,
        ChatRequest wanted,
        HttpServletRequest request,
        HttpServletResponse response) {
      this.placed = placed;
      this.feed = feed;
      this.job = placed.job();
      this.model = models.of(job.modelDigest()).map(Model::name).orElseThrow();
      this.wanted = wanted;
      this.request = request;
      this.response = response;
    }

    void on(JobEvent event) throws IOException {
      switch (event) {
        case JobEvent.Piece(int of, long _, String text) -> piece(of, text);
        case JobEvent.Status status -> {
          if (status.isEnd()) {
            end();
          }
        }
      }
      send();
    }

    void stop(Problem because) throws IOException {
      fail(because);
      send();
    }

    void stillHere() throws IOException {
      unsent.append(": still here\n\n");
      send();
    }

    /** What another attempt repeats of what was told is passed over. */
    private void piece(int of, String text) {
      if (of != attempt) {
        attempt = of;
        heard = 0;
      }
      int known = Math.min(text.length(), told.length() - heard);
      if (!text.substring(0, known).contentEquals(told.subSequence(heard, heard + known))) {
        isAtOdds = true;
        failAtOdds();
        return;
      }
      heard += text.length();
      if (known < text.length()) {
        told.append(text, known, text.length());
        say(text.substring(known));
      }
    }

    private void say(String text) {
      sayWhoSpeaks();
      chunk(choice(new Delta(null, text)), null, null);
    }

    private void sayWhoSpeaks() {
      if (!hasSaidWho) {
        hasSaidWho = true;
        chunk(choice(new Delta("assistant", "")), null, null);
      }
    }

    private void end() {
      if (!isBegun && answers.isTakenBack(placed)) {
        isTakenBack = true;
        isOver = true;
        return;
      }
      try {
        end(answers.of(job, feed.told()));
      } catch (Problem problem) {
        fail(problem);
      } catch (RuntimeException e) {
        if (!isBegun) {
          throw e;
        }
        LOG.atError().setCause(e).addKeyValue("job", job.id()).log("A stream was left without end");
        fail(
            new Problem(
                ProblemType.UNAVAILABLE,
                "The end of %s cannot be told now. Send the request again: it is answered by the same job."
                    .formatted(job.id())));
      }
    }

    private void end(Answer answer) {
      if (!CompleteChat.output(answer).text().contentEquals(told)) {
        failAtOdds();
        return;
      }
      sayWhoSpeaks();
      chunk(
          List.of(
              new ChunkChoice(
                  0,
                  new Delta(null, null),
                  CompleteChat.logprobs(answer, wanted),
                  CompleteChat.finishReason(answer))),
          null,
          answer.market());
      if (isUsageWanted()) {
        chunk(List.of(), CompleteChat.usage(answer), null);
      }
      unsent.append("data: [DONE]\n\n");
      isOver = true;
    }

    private void failAtOdds() {
      fail(
          new Problem(
              ProblemType.PROVIDER_FAILED,
              "The worker of %s failed in the middle, and the next says something else. Ask again."
                  .formatted(job.id())));
    }

    /** As a status, or within what has begun. */
    private void fail(Problem problem) {
      isOver = true;
      if (!isBegun) {
        throw problem;
      }
      unsent.append(event(Map.of("error", OpenAiError.of(problem))));
    }

    private boolean isUsageWanted() {
      var options = wanted.streamOptions();
      return options != null && Boolean.TRUE.equals(options.includeUsage());
    }

    private static List<ChunkChoice> choice(Delta delta) {
      return List.of(new ChunkChoice(0, delta, null, null));
    }

    private void chunk(
        List<ChunkChoice> choices,
        ChatCompletion.@Nullable ChatUsage usage,
        @Nullable MarketNote market) {
      unsent.append(
          event(
              new Chunk(
                  CompleteChat.id(job),
                  "chat.completion.chunk",
                  job.postedAt().getEpochSecond(),
                  model,
                  choices,
                  usage,
                  market)));
    }

    private String event(Object value) {
      return "data: " + json.writeValueAsString(value) + "\n\n";
    }

    /** All that one event has given, at once: each writing is a packet, and wakes the client. */
    private void send() throws IOException {
      if (unsent.isEmpty()) {
        return;
      }
      if (!isBegun) {
        if (HangUp.hasHappened(request)) { // the first writing would not tell
          throw new IOException("nobody listens");
        }
        response.setContentType(MediaType.TEXT_EVENT_STREAM_VALUE);
        response.setCharacterEncoding(StandardCharsets.UTF_8.name());
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        response.setHeader("X-Accel-Buffering", "no"); // nginx would hold it back
      }
      response.getOutputStream().write(unsent.toString().getBytes(StandardCharsets.UTF_8));
      unsent.setLength(0);
      response.flushBuffer();
      isBegun = true;
    }
  }
}
