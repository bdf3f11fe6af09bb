package dev.assay.quickstart.bench.baseline;

import java.util.UUID;
import org.springframework.data.repository.CrudRepository;

interface JobRows extends CrudRepository<JobRow, UUID> {}
