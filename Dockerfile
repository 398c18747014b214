# The recommender's image. Stages: `train` writes models, `serve` (the last, hence the default) answers from one.
# Another base by --build-arg BASE=…; it needs python3 with venv, nothing else.
ARG BASE=python:3.13-slim

# hadolint ignore=DL3006
FROM ${BASE} AS base
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /app

# pip lives in an environment of its own, so that the one which is copied over holds what runs and no more.
FROM base AS tools
RUN python3 -m venv /opt/tools && python3 -m venv --without-pip /opt/venv

FROM tools AS build
COPY requirements/service.lock /tmp/service.lock
# Byte code is not checked against its sources at start: nobody edits them in an image.
RUN /opt/tools/bin/pip --python /opt/venv/bin/python install --no-cache-dir --no-compile --no-deps \
        --only-binary :all: --require-hashes -r /tmp/service.lock \
    && find /opt/venv -depth \( -type d \( -name tests -o -name f2py \) \
        -o -type f \( -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.[ach]' \) \) -exec rm -r {} + \
    && python -m compileall -q --invalidation-mode unchecked-hash /opt/venv/lib

FROM tools AS build-train
COPY requirements/train.lock /tmp/train.lock
RUN /opt/tools/bin/pip --python /opt/venv/bin/python install --no-cache-dir --no-compile --no-deps \
        --only-binary :all: --require-hashes -r /tmp/train.lock \
    && python -m compileall -q --invalidation-mode unchecked-hash /opt/venv/lib

FROM base AS train
COPY --from=build-train /opt/venv /opt/venv
COPY service ./service
RUN ["python", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "service"]
USER 10001:10001
ENTRYPOINT ["python", "-m", "service.train"]

FROM base AS serve
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="recommender" \
      org.opencontainers.image.description="Recommendations by user, from a memory-mapped model." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
COPY --from=build /opt/venv /opt/venv
COPY service ./service
RUN ["python", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "service"]
# A number, so that an orchestrator can tell it from root without reading /etc/passwd.
USER 10001:10001
EXPOSE 8000
# The server handles SIGTERM itself, as process 1; no shell stands between.
CMD ["python", "-m", "service"]
