package dev.assay.marketplace.seeded;

import org.springframework.web.bind.annotation.RestController;

@RestController
public class OpenController {}
