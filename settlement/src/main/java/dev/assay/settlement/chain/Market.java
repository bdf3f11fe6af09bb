package dev.assay.settlement.chain;

import dev.assay.protocol.deploy.Deployment;
import dev.assay.protocol.deploy.Offices;
import dev.assay.protocol.deploy.Terms;

/**
 * The market that this process serves, as it was deployed. Nothing in it is secret.
 *
 * @param deployment where the contracts are
 * @param offices who does what
 * @param terms its constants
 */
public record Market(Deployment deployment, Offices offices, Terms terms) {}
