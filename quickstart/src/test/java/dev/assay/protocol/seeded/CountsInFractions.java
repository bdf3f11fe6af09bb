package dev.assay.protocol.seeded;

import java.math.BigDecimal;

record CountsInFractions(BigDecimal amount) {}
