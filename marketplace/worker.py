"""RQ's worker with one lasting child for its jobs, where RQ forks one for each.

A fresh child opens its own connections and compiles every statement anew: that took nine tenths of a short job.
All that RQ does for a crash stays: the parent beats the heart, ends a child that hangs, and gives a job whose child died
back to the queue; only then, after a job that failed, after `JOBS` jobs or `IDLE` seconds of rest a new child is forked.
"""

from __future__ import annotations

import os
import select
import time
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass
from typing import Any

import structlog
from rq import Queue, Worker
from rq.executions import Execution
from rq.job import Job

log = structlog.get_logger()
JOBS = 1_000  # of one child; then what it may have leaked is given back
IDLE = 10.0  # seconds of rest; then its memory is
LOOKS = 2.0  # seconds between a child's looks whether its parent still lives
DONE, LEAVING = b".", b"!"  # what it answers: the job is done; and it takes no more
LEAVE = b"\n"  # the order to end


@dataclass
class Horse:
    """The child as its parent sees it: RQ's word for who does the job."""

    pid: int
    orders: int  # written by the parent: the next job
    answers: int  # read by the parent: DONE or LEAVING, or the end of the file when the child is gone
    jobs: int = 0
    rested: float = 0.0

    def end(self) -> tuple[int, int | None, Any]:
        """Wait for a child that ends, or was ended. Returns its number and how it ended, if that is known."""
        os.close(self.orders)
        os.close(self.answers)
        with suppress(ChildProcessError):
            return os.wait4(self.pid, 0)
        return self.pid, None, None


class Steady(Worker):
    """The worker of `flask worker`. Knows whether it ended because somebody asked."""

    asked = False
    horse: Horse | None = None

    def request_stop(self, signum: Any, frame: Any) -> None:
        """The first SIGINT or SIGTERM: finish the job at hand, then end."""
        self.asked = True
        super().request_stop(signum, frame)

    def fork_work_horse(self, job: Job, queue: Queue) -> None:
        """Order the child to do a job; fork one if there is none, or if it has done enough."""
        if self.horse and self.horse.jobs >= JOBS:
            self.dismiss()
        order = f"{job.id} {self.execution.id} {queue.name}\n".encode() if self.execution else b""
        try:
            self.horse = self.horse or self._fork()
            os.write(self.horse.orders, order)
        except BrokenPipeError:  # it died at rest
            self.dismiss()
            self.horse = self._fork()
            os.write(self.horse.orders, order)
        self.horse.jobs += 1
        self._horse_pid = self.horse.pid

    def wait_for_horse(self) -> tuple[int | None, int | None, Any]:
        """Wait until the child has done the job (status 0) or is gone (how it ended)."""
        if self.horse is None:
            return None, None, None
        if (answer := os.read(self.horse.answers, 1)) == DONE:
            self.horse.rested = time.monotonic()
            return self.horse.pid, 0, None
        gone, self.horse = self.horse, None
        ended = gone.end()
        return (gone.pid, 0, None) if answer == LEAVING else ended

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """RQ's, which also comes at rest: then a child that nobody needed for long is let go."""
        at_rest = self.horse is not None and not self._horse_pid and not self.is_horse
        if at_rest and self.horse and time.monotonic() - self.horse.rested > IDLE:
            self.dismiss()
        super().heartbeat(timeout, pipeline)

    def teardown(self) -> None:
        """The end of `work()`: the child goes first."""
        if not self.is_horse:
            self.dismiss()
        super().teardown()

    def dismiss(self) -> None:
        """Let a resting child go and wait for it."""
        if self.horse:
            gone, self.horse = self.horse, None
            with suppress(BrokenPipeError):
                os.write(gone.orders, LEAVE)
            gone.end()

    def _fork(self) -> Horse:
        orders, to_horse = os.pipe()
        from_horse, answers = os.pipe()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            os.setpgrp()
            os.close(to_horse)
            os.close(from_horse)
            self._be_horse(parent, orders, answers)
        os.close(orders)
        os.close(answers)
        return Horse(pid, to_horse, from_horse, rested=time.monotonic())

    def _be_horse(self, parent: int, orders: int, answers: int) -> None:
        """In the child: job after job, until there is no parent or a job failed, which may have left anything behind."""
        code = 1
        try:
            self.setup_work_horse_signals()
            self._is_horse = True
            for order in _orders(parent, orders):
                succeeded = self._obey(*order)
                os.write(answers, DONE if succeeded else LEAVING)
                if not succeeded:
                    break
            code = 0
        except BaseException:
            log.exception("worker_child_ended")
        finally:
            os._exit(code)

    def _obey(self, job_id: str, execution_id: str, queue_name: str) -> bool:
        job = self.job_class.fetch(job_id, connection=self.connection, serializer=self.serializer)
        queue = next(one for one in self.queues if one.name == queue_name)
        self.execution = Execution(execution_id, job_id, self.connection, worker_name=self.name)
        # In a context of its own: `flask worker` has an application context, whose `g` would last from job to job.
        return Context().run(self.perform_job, job, queue)


def _orders(parent: int, source: int) -> Any:
    """Orders as they come (job, execution, queue), until the parent lets go or is no more."""
    while True:
        ready, _, _ = select.select([source], [], [], LOOKS)
        if os.getppid() != parent:
            return
        if ready:
            order = os.read(source, 4096).decode().split()
            if not order:
                return
            yield order
