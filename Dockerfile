# One image for web, worker and schedule; compose.yaml says which is which.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY requirements.lock .
RUN pip install --no-cache-dir -r requirements.lock
COPY wsgi.py ./
COPY webapp webapp
COPY integrations integrations
COPY jobs jobs
COPY migrations migrations

RUN useradd --system --create-home chasepack && mkdir /instance && chown chasepack /instance
USER chasepack
ENV CHASEPACK_HOME=/instance
EXPOSE 8000
