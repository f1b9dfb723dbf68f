"""Kannel from Debian: its bearerbox binds as ESME to our listener, its smsbox answers what we deliver."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
from pathlib import Path

PLACES = "/usr/sbin:/usr/bin:/usr/local/sbin"

CONFIG = """
group = core
admin-port = {admin}
admin-password = judge
admin-allow-ip = 127.0.0.1
smsbox-port = {smsbox}
box-allow-ip = 127.0.0.1
log-file = {folder}/bearerbox.log
log-level = 0

group = smsc
smsc = smpp
smsc-id = ours
host = {host}
port = {port}
transceiver-mode = true
smsc-username = astro
smsc-password = secret
system-type = ""
interface-version = 34
source-addr-ton = 1
source-addr-npi = 1
dest-addr-ton = 1
dest-addr-npi = 1
enquire-link-interval = 1
reconnect-delay = 1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
global-sender = 543
log-file = {folder}/smsbox.log
log-level = 0

group = sms-service
keyword = default
text = "{answer}"
"""


def absence() -> str:
    """Why Kannel cannot judge, "" when it can."""
    if all(shutil.which(name, path=PLACES) for name in ("bearerbox", "smsbox")):
        return ""
    return "absent; get it with apt-get install kannel"


def version() -> str:
    """As its bearerbox tells it: "1.4.5"."""
    path = shutil.which("bearerbox", path=PLACES)
    if path is None:
        return ""
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    words = said.split("version", 1)[-1].split()
    return words[0].strip("`'.") if words else ""


class Kannel:
    """bearerbox and smsbox, ended by `end`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._boxes: list[asyncio.subprocess.Process] = []

    async def start(self, host: str, port: int, *, answer: str) -> None:
        """Bind to host:port and answer every MO with this text."""
        admin, smsbox, sendsms = free_ports(3)
        config = self._folder / "kannel.conf"
        words = {"admin": admin, "smsbox": smsbox, "sendsms": sendsms, "folder": self._folder}
        config.write_text(CONFIG.format(host=host, port=port, answer=answer, **words))
        await self._box("bearerbox", config)
        await _listens(smsbox)
        await self._box("smsbox", config)

    async def _box(self, name: str, config: Path) -> None:
        path = shutil.which(name, path=PLACES)
        assert path is not None
        said = (self._folder / f"{name}.out").open("wb")
        with said:
            self._boxes.append(
                await asyncio.create_subprocess_exec(
                    path, str(config), cwd=self._folder, stdout=said, stderr=asyncio.subprocess.STDOUT
                )
            )

    async def end(self) -> None:
        """SIGTERM to smsbox, then to bearerbox, which unbinds."""
        for box in reversed(self._boxes):
            if box.returncode is None:
                box.terminate()
                await asyncio.wait_for(box.wait(), 20)
        self._boxes.clear()

    def log(self) -> str:
        """What both said."""
        return "\n".join(path.read_text(errors="replace") for path in sorted(self._folder.glob("*.log")))


async def _listens(port: int) -> None:
    """Wait until somebody listens there."""
    async with asyncio.timeout(15):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0)
                continue
            writer.close()
            await writer.wait_closed()
            return


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens on."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports
