# Base images by their usual names; override them with a mirror or a digest.
ARG PYTHON_IMAGE=python:3.13-slim-bookworm
ARG NODE_IMAGE=node:22-slim
# The timestamp of all our files, in seconds since 1970, so that the same sources make the same layers.
ARG SOURCE_DATE_EPOCH=1735689600

# The storefront, which is the same for every architecture.
FROM --platform=${BUILDPLATFORM} ${NODE_IMAGE} AS web
WORKDIR /build/web
COPY web/package.json web/package-lock.json ./
# npm 11 refuses a lock file without other systems' optional packages; `npm install` installs the same versions.
RUN npm ci --no-audit --no-fund || npm install --no-save --no-audit --no-fund
COPY web ./
# Without a serial number and a timestamp, the inventory is the same in every build.
RUN npm run build \
    && npm sbom --sbom-format cyclonedx --omit dev --package-lock-only >/build/packages.json \
    && node -e "const fs = require('fs'), list = JSON.parse(fs.readFileSync('/build/packages.json')); \
        delete list.serialNumber; delete list.metadata.timestamp; fs.mkdirSync('/build/inventory'); \
        fs.writeFileSync('/build/inventory/web.cdx.json', JSON.stringify(list, null, 1))"

# Packages by hash, then the project itself, in a virtual environment that is copied as a whole.
FROM ${PYTHON_IMAGE} AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
RUN python3 -m venv --without-pip /opt/menagerie && python3 -m venv /opt/build && python3 -m venv /opt/inventory
COPY requirements/runtime.txt requirements/local.txt requirements/inventory.txt /build/requirements/
# The locked hatchling builds the project's wheel, but isn't shipped. The locks are complete: pip resolves nothing.
RUN awk '/^[a-z]/ {wanted = /^(hatchling|packaging|pathspec|pluggy|tomlkit|trove-classifiers)==/} wanted' \
        /build/requirements/local.txt >/build/requirements/build.txt \
    && /opt/build/bin/pip --python /opt/menagerie/bin/python install --no-compile --only-binary :all: --require-hashes \
        --no-deps -r /build/requirements/runtime.txt \
    && /opt/build/bin/pip install --require-hashes --no-deps -r /build/requirements/build.txt \
    && /opt/inventory/bin/pip install --require-hashes --no-deps -r /build/requirements/inventory.txt
WORKDIR /build
COPY pyproject.toml README.md LICENSE ./
COPY alembic alembic
COPY src src
ARG SOURCE_DATE_EPOCH
# Bytecode has the source's hash instead of its time: it's the same in every build, and never written at run time.
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /build/wheels . \
    && /opt/build/bin/pip --python /opt/menagerie/bin/python install --no-compile --no-deps --no-index /build/wheels/*.whl \
    && /opt/menagerie/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/menagerie/lib \
    && mkdir /opt/menagerie/inventory \
    && /opt/inventory/bin/cyclonedx-py environment --output-reproducible --pyproject pyproject.toml \
        --output-file /opt/menagerie/inventory/python.cdx.json /opt/menagerie/bin/python

# The inventory, in CycloneDX format: `docker run --rm IMAGE cat /opt/menagerie/inventory/python.cdx.json` shows it.
COPY --from=web /build/inventory/web.cdx.json /opt/menagerie/inventory/
COPY --from=web /build/web/dist /opt/menagerie/web
RUN mkdir -p /whole/opt && mv /opt/menagerie /whole/opt/ \
    && find /whole -exec touch --no-dereference --date "@${SOURCE_DATE_EPOCH}" {} +

FROM ${PYTHON_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Menagerie" \
      org.opencontainers.image.description="A multi-tenant pet store platform" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=packages /whole/ /
ENV PATH=/opt/menagerie/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    MENAGERIE_WEB_DIRECTORY=/opt/menagerie/web \
    MENAGERIE_HOST=0.0.0.0 \
    MENAGERIE_METRICS_HOST=0.0.0.0
# A number, so that Kubernetes can see that it isn't root. Only /tmp is written to; it may be in memory.
USER 10001:10001
WORKDIR /tmp
EXPOSE 8443 9464
# The server finishes what it has begun within 20 seconds.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s CMD ["menagerie", "container", "healthy"]
CMD ["menagerie", "serve"]
