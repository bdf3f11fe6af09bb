package dev.assay.marketplace.seeded;

class Prints {
  void print() {
    System.out.println("lost");
  }
}
