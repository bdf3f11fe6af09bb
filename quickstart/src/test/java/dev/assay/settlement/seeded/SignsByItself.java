package dev.assay.settlement.seeded;

import org.web3j.crypto.Hash;

class SignsByItself {
  byte[] digest(byte[] content) {
    return Hash.sha3(content);
  }
}
