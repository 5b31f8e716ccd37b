"""The one reader of the environment; everything else gets its settings as arguments."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fivefold.errors import CallerError


def _users_folder(kind: str) -> Path:
    """Return the folder of this user for `cache` or `data`."""
    import platformdirs  # here, because `fivefold --help` asks for no folder

    find = platformdirs.user_cache_dir if kind == "cache" else platformdirs.user_data_dir
    return Path(find("fivefold", appauthor=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where things are and which LLM is asked. Arguments win over the environment, which wins over defaults."""

    base_url: str | None = None
    """OpenAI-compatible endpoint, e.g. `http://localhost:8000/v1`; None: the embedded LLM is used."""
    api_key: str | None = field(default=None, repr=False)
    """Key for that endpoint; never logged, never in a prompt, never handed to a program."""
    llm: str | None = None
    """Name of the LLM at the endpoint; None: the first one that the endpoint lists."""
    cache_dir: Path = field(default_factory=lambda: _users_folder("cache"))
    """LLM replies, endpoint abilities: all can be deleted at any time."""
    isolation: str = "none"
    """Least level of isolation at which programs are run, and PDF files read: `strict`, `confined`, `limited` or
    `none`."""
    data_dir: Path = field(default_factory=lambda: _users_folder("data"))
    """Weights of the embedded LLM, checkpoints and the state of its server."""
    vllm_python: Path | None = None
    """Interpreter of the environment in which vLLM is installed; None: that of `vllm` on PATH."""
    database: str | None = field(default=None, repr=False)
    """Address of the Postgres database of `fivefold serve`, which may hold a password; None: a file in `data_dir`."""
    otlp_endpoint: str | None = None
    """Where `fivefold serve` sends its traces by OpenTelemetry; None: nowhere."""

    def __post_init__(self) -> None:
        """Refuse a level of isolation that there is none of, before anything is done at another."""
        from fivefold_solvers.sandbox import Level  # here, because `fivefold --help` runs nothing

        if self.isolation not in list(Level):
            levels = ", ".join(Level)
            raise CallerError(f"FIVEFOLD_ISOLATION: there is no level {self.isolation!r}; there are {levels}")


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings that the environment gives.

    Reads `OPENAI_BASE_URL`, `OPENAI_API_KEY`, `FIVEFOLD_LLM`, `FIVEFOLD_CACHE_DIR`, `FIVEFOLD_DATA_DIR`,
    `FIVEFOLD_DATABASE`, `FIVEFOLD_ISOLATION`, `FIVEFOLD_VLLM_PYTHON` and OpenTelemetry's
    `OTEL_EXPORTER_OTLP_ENDPOINT`; a key without a base URL means OpenAI's own endpoint.
    """
    env = os.environ if environ is None else environ
    base_url = env.get("OPENAI_BASE_URL") or None
    api_key = env.get("OPENAI_API_KEY") or None
    if base_url is None and api_key is not None:
        base_url = "https://api.openai.com/v1"
    defaults = Settings()
    return Settings(
        base_url=base_url,
        api_key=api_key,
        llm=env.get("FIVEFOLD_LLM") or None,
        isolation=env.get("FIVEFOLD_ISOLATION") or defaults.isolation,
        cache_dir=Path(env["FIVEFOLD_CACHE_DIR"]) if env.get("FIVEFOLD_CACHE_DIR") else defaults.cache_dir,
        database=env.get("FIVEFOLD_DATABASE") or None,
        otlp_endpoint=env.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or env.get("OTEL_EXPORTER_OTLP_ENDPOINT") or None,
        vllm_python=Path(env["FIVEFOLD_VLLM_PYTHON"]) if env.get("FIVEFOLD_VLLM_PYTHON") else None,
        data_dir=Path(env["FIVEFOLD_DATA_DIR"]) if env.get("FIVEFOLD_DATA_DIR") else defaults.data_dir,
    )
