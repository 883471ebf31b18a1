# Jigi in a container. Two images come from it:
#   docker build -t jigi .                        serves
#   docker build -t jigi:train --target train .   also trains (`!retrain`), 3 GB larger
# With PostgreSQL: --build-arg EXTRAS=postgres. docs/OPERATIONS.md says how they are run.

FROM python:3.11-slim-bookworm AS base
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1

FROM base AS installed
ARG EXTRAS=""
WORKDIR /source
COPY constraints.txt pyproject.toml README.md LICENSE ./
COPY bot bot
COPY model model
COPY migrations migrations
RUN python -m venv /opt/jigi \
    && /opt/jigi/bin/pip install --constraint constraints.txt ".${EXTRAS:+[${EXTRAS}]}"

FROM installed AS installed-to-train
RUN /opt/jigi/bin/pip install --constraint constraints.txt ".[train]"

# What both have in common: a user of their own, and one folder that may be written to. The database is in it, because it is
# where Jigi works: DATABASE_URL is a path from there. Of the tree only what is named above gets into an image, never .env.
FROM base AS runtime
RUN useradd --uid 10001 --create-home --home-dir /data --shell /usr/sbin/nologin jigi
ENV PATH=/opt/jigi/bin:$PATH \
    HOME=/data \
    MPLCONFIGDIR=/tmp/matplotlib \
    PYTHONUNBUFFERED=1 \
    METRICS_PORT=9464
USER 10001
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "from os import environ as e; from urllib.request import urlopen; \
urlopen('http://127.0.0.1:' + e['METRICS_PORT'] + '/healthz', timeout=4)"]
ENTRYPOINT ["jigi"]

FROM runtime AS train
COPY --from=installed-to-train /opt/jigi /opt/jigi

FROM runtime AS serve
COPY --from=installed /opt/jigi /opt/jigi
