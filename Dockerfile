# All of Assay's own programs, built from this checkout: docker-compose.yml and the charts in helm/ say which one a container runs.
# For another machine than one's own: docker buildx build --platform linux/amd64,linux/arm64 .
# The bases are named to the patch; a release gives them by digest (--build-arg JDK=…@sha256:…).
ARG JDK=maven:3.9.11-eclipse-temurin-25-noble
ARG JRE=eclipse-temurin:25.0.1_8-jre-noble

# Bytecode and scripts are the same everywhere: built once, on the machine that builds.
FROM --platform=$BUILDPLATFORM ${JDK} AS build
RUN apt-get update && apt-get install -y --no-install-recommends nodejs npm && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
RUN mvn -q -B -ntp -Dmaven.test.skip=true package && docker/assemble /out /assay

FROM ${JRE}
# Nobody's account; the home holds what a program is to keep, if a volume is mounted there.
RUN useradd --system --uid 10001 --user-group --home-dir /home/assay --create-home assay
COPY --from=build --chown=0:0 /out /assay
RUN /assay/docker/train
USER 10001:10001
WORKDIR /home/assay
VOLUME /home/assay
ENTRYPOINT ["/assay/docker/run"]
