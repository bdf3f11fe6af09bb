package dev.assay.marketplace.seeded;

import org.apache.kafka.clients.producer.ProducerRecord;

record WritesToKafka(ProducerRecord<String, byte[]> message) {}
