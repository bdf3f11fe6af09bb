package dev.assay.seeded;

/** In a package without package-info.java: the rules of the house must refuse it. */
class Unmarked {}
