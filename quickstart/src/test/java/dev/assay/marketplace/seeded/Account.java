package dev.assay.marketplace.seeded;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;

@Entity
class Account {
  @Id private long balance;

  void setBalance(long balance) {
    this.balance = balance;
  }

  long balance() {
    return balance;
  }
}
