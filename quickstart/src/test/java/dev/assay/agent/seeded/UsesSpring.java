package dev.assay.agent.seeded;

import org.springframework.stereotype.Component;

@Component
class UsesSpring {}
