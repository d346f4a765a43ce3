"""Jobs that the version before queued under their former names run after an upgrade."""

import importlib
import inspect
from datetime import timedelta

import pytest
from flask import Flask
from rq.registry import FailedJobRegistry

from tests.support.worker import process_jobs
from webapp import queue
from webapp.job_names import FORMER_NAMES, Job
from webapp.redis import redis_client

NOBODY = 4711


def arguments_of(job: Job) -> tuple[int, ...]:
    """Return what a job is enqueued with: the size of a batch, by name alone, is no part of it."""
    module, _, name = job.rpartition(".")
    parameters = inspect.signature(getattr(importlib.import_module(module), name)).parameters.values()
    return (NOBODY,) * sum(one.kind is not one.KEYWORD_ONLY for one in parameters)


@pytest.mark.both_databases
def test_a_queue_full_of_former_names_is_processed(app: Flask) -> None:
    waiting = queue.job_queue(redis_client())
    for former, job in FORMER_NAMES.items():
        waiting.enqueue(former, *arguments_of(job), result_ttl=0)
    assert [job.func_name for job in waiting.jobs] == list(FORMER_NAMES.values())
    assert process_jobs(app) == []
    assert waiting.count == 0


def test_delayed_jobs_with_former_names_are_processed(app: Flask) -> None:
    waiting = queue.job_queue(redis_client())
    for former, job in FORMER_NAMES.items():
        waiting.enqueue_in(timedelta(hours=1), former, *arguments_of(job), result_ttl=0)
    assert process_jobs(app) == []
    assert len(waiting.scheduled_job_registry) == 0


def test_failed_jobs_with_former_names_are_shown_by_their_present_ones_and_can_be_tried_again(app: Flask) -> None:
    waiting = queue.job_queue(redis_client())
    for former, job in FORMER_NAMES.items():
        lost = waiting.enqueue(former, *arguments_of(job), result_ttl=0)
        waiting.remove(lost)
        FailedJobRegistry(queue=waiting).add(lost, ttl=3600, exc_string="RuntimeError: of the version before")
        assert [failed.job for failed in queue.failed(9)] == [job]
        assert queue.try_again(lost.id)
        assert process_jobs(app) == []
