"""What a run calls on, made ready: the LLM connected, or the embedded one started; limits, and solvers warm."""

from __future__ import annotations

import asyncio
import importlib
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from fivefold.errors import CallerError
from fivefold.events import Event
from fivefold.options import Options
from fivefold.prompts import prompts_chosen
from fivefold.settings import Settings

if TYPE_CHECKING:
    from fivefold.llm import LLM
    from fivefold.tools import Tools
    from fivefold_solvers.data.table import DataTable


def load() -> None:
    """Import what runs need, so that the first does not hold up others for seconds."""
    importlib.import_module("fivefold.graph")
    importlib.import_module("fivefold.llm.wire").load_sdk()


def _check_key(api_key: str | None, base_url: str | None, settings: Settings) -> None:
    """Refuse a key without an endpoint.

    Raises:
        CallerError: there is none that it could be for.
    """
    if api_key is not None and base_url is None and settings.base_url is None:
        raise CallerError("`api_key` is given without an endpoint; give `base_url` too, or set `OPENAI_BASE_URL`")


@asynccontextmanager
async def connected_llm(
    llm: str | LLM | None,
    base_url: str | None,
    api_key: str | None,
    settings: Settings,
    timeout_s: float,
    tell: Callable[[Event], None],
) -> AsyncGenerator[LLM]:
    """Connect the LLM that is asked for; one that is connected stays so.

    Raises:
        CallerError: there is a key and no endpoint that it could be for, or no LLM.
    """
    from fivefold.llm import LLM, RetryEvent

    _check_key(api_key, base_url, settings)
    if isinstance(llm, LLM):
        yield llm
        return
    named: str | None = llm
    identity: str | None = None
    if base_url is None and settings.base_url is None:
        base_url, api_key, named = await asyncio.to_thread(_embedded, settings, llm)
        identity = f"embedded {named}"

    def retried(event: RetryEvent) -> None:
        tell(Event(kind="retry", message=str(event), data={"kind": event.kind, "wait_s": event.wait_s}))

    async with LLM.connect(
        settings,
        base_url=base_url,
        api_key=api_key,
        llm=named,
        timeout_s=timeout_s,
        on_retry=retried,
        identity=identity,
    ) as connected:
        yield connected


def _embedded(settings: Settings, llm: str | None) -> tuple[str, str, str]:
    """Return the endpoint of a running local server, or of the embedded LLM, started where its weights are there.

    Raises:
        CallerError: they are not, and nobody is there to ask about a download of a gigabyte.
    """
    from fivefold.llm.local import find
    from fivefold.llm.local.commands import ensure
    from fivefold.llm.local.server import serving

    if find(settings.data_dir) is None and serving(settings.data_dir) is None:
        raise CallerError(
            "no LLM is configured: set `OPENAI_BASE_URL` (and `OPENAI_API_KEY`), give `base_url`, or fetch the "
            "embedded LLM once with `fivefold model pull`"
        )
    base_url, api_key, name = ensure(settings, yes=True, ask=lambda _: True, say=lambda _: None)
    return base_url, api_key, llm or name


def tools_for(
    llm: LLM, options: Options, tell: Callable[[Event], None], settings: Settings, tables: tuple[DataTable, ...]
) -> Tools:
    """Return what the steps of a run call on, and have the solver libraries loaded meanwhile."""
    from fivefold.llm import Budget
    from fivefold.tools import Tools
    from fivefold_solvers.sandbox import Level, SandboxError, warm

    def get_ready() -> None:
        # What keeps programs from being run is said when one is.
        with suppress(SandboxError):
            warm(options.library)

    # The libraries are loaded while the LLM thinks.
    threading.Thread(target=get_ready, name="fivefold-warm", daemon=True).start()
    budget = Budget(max_tokens=options.max_tokens, max_seconds=options.max_seconds)
    return Tools(
        llm=llm,
        options=options,
        budget=budget,
        tell=tell,
        tables=tables,
        isolation=Level(settings.isolation),
        prompts=prompts_chosen(options, settings),
    )
