package dev.assay.protocol.seeded.two;

import dev.assay.protocol.seeded.one.One;
import java.util.List;

public record Two(List<One> ones) {}
