package dev.assay.protocol.seeded.one;

import dev.assay.protocol.seeded.two.Two;

public record One(Two two) {}
