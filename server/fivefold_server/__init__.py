"""The web face of Fivefold: REST, live events and an OpenAI-compatible endpoint over `fivefold`, in one process.

::

    from fivefold_server.app import create_app
    from fivefold_server.config import Config

    app = create_app(Config(data_dir=Path("data")))

`fivefold serve` and `python -m fivefold_server` run it.
"""
