# All of Assay's own programs, built from this checkout: docker-compose.yml says which one a container runs.
FROM maven:3.9-eclipse-temurin-25
RUN apt-get update && apt-get install -y --no-install-recommends nodejs npm && rm -rf /var/lib/apt/lists/*
WORKDIR /assay
COPY . .
RUN mvn -q -B -ntp -Dmaven.test.skip=true package && touch quickstart/target/built
ENTRYPOINT ["/assay/docker/run"]
