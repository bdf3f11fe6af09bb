package dev.assay.quickstart.bench.baseline;

import java.util.List;
import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Takes the very body that the market takes. */
@RestController
class BaselineController {
  private final JobRows rows;

  BaselineController(JobRows rows) {
    this.rows = rows;
  }

  record Input(String kind, List<String> texts) {}

  record Post(String id, String model, Input input) {}

  record Taken(String id, String status) {}

  @GetMapping("/ready")
  Taken ready() {
    return new Taken("", "ready");
  }

  @PostMapping("/no-op")
  @ResponseStatus(HttpStatus.ACCEPTED)
  Taken nothing(@RequestBody Post post) {
    return new Taken(post.id(), "open");
  }

  @PostMapping("/jpa")
  @ResponseStatus(HttpStatus.ACCEPTED)
  Taken insert(@RequestBody Post post) {
    UUID id = UUID.fromString(post.id().substring("job_".length()));
    rows.save(new JobRow(id, post.model(), String.join(",", post.input().texts())));
    return new Taken(post.id(), "open");
  }
}
