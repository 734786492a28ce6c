# Builds velocitas from source, for `docker compose up --build`. `velocitas live`
# needs no build: it packs its own executable.
ARG GO_IMAGE=golang:1.26
FROM ${GO_IMAGE} AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN ["go", "mod", "download"]
COPY . .
# One package at a time keeps the build within 1 GB of memory.
RUN ["env", "CGO_ENABLED=0", "go", "build", "-p=1", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o=/velocitas", "."]

FROM scratch
COPY --from=build /velocitas /velocitas
USER 65534:65534
ENTRYPOINT ["/velocitas"]
