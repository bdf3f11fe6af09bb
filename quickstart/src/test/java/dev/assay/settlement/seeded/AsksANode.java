package dev.assay.settlement.seeded;

import java.net.http.HttpClient;

record AsksANode(HttpClient http) {}
