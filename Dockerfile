# One image for web, worker, schedule, migrations, backup and restore; compose.yaml says which is which.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# pg_dump and pg_restore must not be older than the server of compose.yaml: PostgreSQL's own packages have them.
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-common ca-certificates \
    && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
    && apt-get install -y --no-install-recommends postgresql-client-18 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements.lock .
RUN pip install --no-cache-dir -r requirements.lock
COPY wsgi.py ./
COPY webapp webapp
COPY integrations integrations
COPY jobs jobs
COPY migrations migrations
COPY ops ops

# The number is that of a first user on most Linux machines, who then owns ./backups.
RUN useradd --uid 1000 --create-home chasepack && install -d -m 700 -o chasepack /instance
USER chasepack
ENV CHASEPACK_HOME=/instance
EXPOSE 8000
