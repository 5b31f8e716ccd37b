"""The containment that `conftest.py` promises holds."""

import asyncio
import os
import socket
import urllib.request
from pathlib import Path

import pytest

from fivefold.settings import Settings, from_environment
from tests.conftest import OutgoingConnectionError

DOCUMENTATION_ADDRESS = "192.0.2.1"
"""Nobody's address (RFC 5737): should the containment fail, the tests still reach no one."""


def test_outgoing_connections_are_refused() -> None:
    with pytest.raises(OutgoingConnectionError), socket.socket() as client:
        client.connect((DOCUMENTATION_ADDRESS, 80))
    with pytest.raises(OutgoingConnectionError):
        urllib.request.urlopen("http://fivefold.invalid/", timeout=1)


async def test_outgoing_connections_are_refused_in_event_loops() -> None:
    with pytest.raises(OutgoingConnectionError):
        await asyncio.open_connection(DOCUMENTATION_ADDRESS, 80)


async def test_this_machine_can_be_reached() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read(4))
        writer.close()

    async with await asyncio.start_server(echo, "localhost", 0) as server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("localhost", port)
        writer.write(b"ping")
        assert await reader.read(4) == b"ping"
        writer.close()
        await writer.wait_closed()


def test_no_endpoint_and_no_users_folder_is_seen(tmp_path_factory: pytest.TempPathFactory) -> None:
    assert not [name for name in os.environ if name.startswith("OPENAI_")]
    for settings in (Settings(), from_environment()):
        assert settings.base_url is None
        assert settings.api_key is None
        for folder in (settings.cache_dir, settings.data_dir):
            assert folder.is_relative_to(tmp_path_factory.getbasetemp())
            assert not Path(folder).exists()
