package dev.assay.settlement.transaction;

import dev.assay.protocol.TokenAmount;
import java.math.BigInteger;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param sendAgainAfter how long a transaction may be in no block before its bytes are sent again
 * @param raiseAfter how long it may be in no block before it offers more for its gas
 * @param receiptWithin how long the receipt of a nonce that is used for good may be missing before
 *     it is taken for another's; nodes count a transaction before they show it
 * @param mostPerGas wei a unit of gas, of base fee and tip together; a dearer chain is waited out
 * @param leastGasTank wei below which nothing new is sent and an alarm is raised
 * @param mostPerDay atomic units that settlements may take in 24 hours
 */
@ConfigurationProperties("settlement.sender")
record SenderSettings(
    @DefaultValue("5s") Duration sendAgainAfter,
    @DefaultValue("20s") Duration raiseAfter,
    @DefaultValue("1m") Duration receiptWithin,
    @DefaultValue("500000000000") long mostPerGas,
    @DefaultValue("10000000000000000") BigInteger leastGasTank,
    @DefaultValue("10000000000000") TokenAmount mostPerDay) {}
