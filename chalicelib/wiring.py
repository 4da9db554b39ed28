"""Wiring: builds the adapters once, on first use; the only place that knows which one is behind which port."""

import functools
import secrets

import msgspec

from chalicelib import settings
from chalicelib.adapters.aws import LambdaJobs, SesMailer, SsmSecrets, SystemClock
from chalicelib.adapters.dynamo import DynamoStore
from chalicelib.domain.ports import Clock, Jobs, Mailer, Secrets, Store
from chalicelib.settings import Settings


class Adapters(msgspec.Struct, frozen=True):
    """Everything the app reaches the world through."""

    settings: Settings
    store: Store
    mailer: Mailer
    jobs: Jobs
    secrets: Secrets
    clock: Clock


_chosen: list[Adapters] = []


def adapters() -> Adapters:
    """The adapters in use: the cloud's, unless others were chosen. Raises NotReady for a senseless setting."""
    return _chosen[-1] if _chosen else _cloud()


def use(others: Adapters) -> None:
    """Use these adapters from now on, as tests do."""
    _chosen[:] = [others]


def new_run() -> str:
    """A random name for a worker."""
    return secrets.token_hex(8)


@functools.lru_cache(maxsize=1)
def _cloud() -> Adapters:
    found = settings.load()
    return Adapters(
        settings=found,
        store=DynamoStore(found.table),
        mailer=SesMailer(found.configuration_set),
        jobs=LambdaJobs(found.functions),
        secrets=SsmSecrets(found.key_name),
        clock=SystemClock(),
    )
