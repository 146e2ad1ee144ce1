# Build: docker build -t muster .
# Run:   docker run -d --name muster -p 127.0.0.1:8080:8080 -v muster-data:/data muster

FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o /out/muster ./cmd/server && mkdir -m 0700 /out/data

# Holds root certificates and a user without rights, and no shell.
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/muster /muster
# A new volume takes owner and mode from here; 65532 is the image's "nonroot".
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
ENV MUSTER_ADDR=0.0.0.0:8080 MUSTER_DATA_DIR=/data
VOLUME /data
EXPOSE 8080
# Asks /healthz from inside: there is no shell and no curl in this image.
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 CMD ["/muster", "healthcheck"]
ENTRYPOINT ["/muster"]
CMD ["serve"]
