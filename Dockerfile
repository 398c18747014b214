# The recommender's image. Stages: `train` writes models, `serve` (the last, hence the default) answers from one.
# Another base by --build-arg BASE=…; it needs Debian's apt and python3 with venv. docs/image.md tells the rest.
ARG BASE=python:3.13-slim

# The base is an argument, so that it is named in one place.
# checkov:skip=CKV_DOCKER_7:the base is an argument, whose default names a version
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
# strip, for some of the wheels below; whatever version is current will do.
# hadolint ignore=DL3008
RUN apt-get update -qq \
    && apt-get install -qq -y --no-install-recommends binutils \
    && rm -rf /var/cache/apt/* /var/lib/apt/lists/*
COPY requirements/service.lock /tmp/service.lock
# A package index other than pip's own, by --build-arg.
ARG PIP_INDEX_URL
# Of uvloop's 16 MB 14 are debugging symbols. Not for all wheels: strip breaks those that were relinked, as numpy's.
# Byte code is not checked against its sources at start: nobody edits them in an image.
RUN /opt/tools/bin/pip --python /opt/venv/bin/python install --no-cache-dir --no-compile --no-deps \
        --only-binary :all: --require-hashes -r /tmp/service.lock \
    && find /opt/venv -depth \( -type d \( -name tests -o -name f2py \) \
        -o -type f \( -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.[ach]' \) \) -exec rm -r {} + \
    && find /opt/venv/lib/python3*/site-packages/uvloop /opt/venv/lib/python3*/site-packages/httptools \
        /opt/venv/lib/python3*/site-packages/obstore -name '*.so' -exec strip --strip-unneeded {} + \
    && python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/venv/lib

FROM tools AS build-train
COPY requirements/train.lock /tmp/train.lock
ARG PIP_INDEX_URL
RUN /opt/tools/bin/pip --python /opt/venv/bin/python install --no-cache-dir --no-compile --no-deps \
        --only-binary :all: --require-hashes -r /tmp/train.lock \
    && find /opt/venv -depth -type d -name tests -exec rm -r {} + \
    && python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/venv/lib

FROM base AS train
# implicit's wheel brings all but this library, which is no part of slim bases.
# hadolint ignore=DL3008
RUN apt-get update -qq \
    && apt-get install -qq -y --no-install-recommends libgomp1 \
    && rm -rf /var/cache/apt/* /var/lib/apt/lists/*
COPY --from=build-train /opt/venv /opt/venv
COPY service ./service
RUN ["python", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "service"]
USER 10001:10001
# For what `serve` says below: a trainer without a folder for its parts dies as it begins.
VOLUME ["/tmp"]
ENTRYPOINT ["python", "-m", "service.train"]

FROM base AS serve
COPY --from=build /opt/venv /opt/venv
COPY service ./service
# The official base comes without byte code, which a read-only task would make anew at every start: the import leaves
# that of the standard library's part that is used.
RUN python -m compileall -q --invalidation-mode unchecked-hash service \
    && PYTHONDONTWRITEBYTECODE="" python -c 'import service.__main__, service.app, service.s3, service.server'
# A number, so that an orchestrator can tell it from root without reading /etc/passwd.
USER 10001:10001
EXPOSE 8000
# The only folder that is written to. Declared, because Fargate gives a volume mounted here the owner and mode of the
# image's folder (root, 1777); undeclared it is root's, 0755, and the server could not store a model in it.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
VOLUME ["/tmp"]
# No ENTRYPOINT: a task definition's command replaces all of it. The server handles SIGTERM itself, as process 1;
# no shell stands between.
# checkov:skip=CKV_DOCKER_2:ECS does not read an image's health check; the load balancer asks /health
CMD ["python", "-m", "service"]
# Last, so that a new commit leaves the layers above in the cache.
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="recommender" \
      org.opencontainers.image.description="Recommendations by user, from a memory-mapped model." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
