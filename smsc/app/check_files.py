"""What smsc.yaml names outside itself: folders that are there, certificates and keys that belong together.

`check` opens them as `serve` will, so that what the one says is what the other finds.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote

from smsc.config import Config
from smsc.config.settings import variables
from smsc.http.admin import socket_path
from smsc.http.server import UDS_PATH_MAX
from smsc.keywords.lines import Node, line_at
from smsc.keywords.problems import Problem
from smsc.link import client_context, server_context
from smsc.link.certificates import BadCertificate, expires_at

Place = tuple[str | int, ...]
SQLITE = b"SQLite format 3\0"
"""How every SQLite file begins."""


def file_problems(config: Config, tree: Node, *, file: str, environ: Mapping[str, str]) -> Iterator[Problem]:
    """Files that `serve` could not use, and addresses that it would take twice, each at its key."""
    for key, message, mend in [*_database_problems(config), *_socket_problems(config), *_twice(config)]:
        yield Problem(*_place(key, tree, file, environ), "CFG", f"{'.'.join(map(str, key))}: {message}", mend)
    yield from tls_problems(config, tree, file=file, environ=environ)


def _database_problems(config: Config) -> Iterator[tuple[Place, str, str]]:
    scheme, _, rest = config.database.partition("://")
    name = unquote(rest.removeprefix("/").split("?")[0])
    if not scheme.startswith("sqlite") or not name or name == ":memory:":
        return
    path, key = Path(name), ("database",)
    if path.is_dir():
        yield key, f"{path} is a folder", "name the file in it"
    elif not path.parent.is_dir():
        yield key, f"there is no folder {path.parent}", "make it, or name another"
    elif path.exists() and not path.is_file():
        yield key, f"{path} is no file", "name another"
    elif path.exists() and path.stat().st_size:
        try:
            with path.open("rb") as opened:
                known = opened.read(len(SQLITE)) == SQLITE
        except OSError as error:
            yield key, f"{path}: {error.strerror}", "let the server's user read and write it"
            return
        if not known:
            yield key, f"{path} is no SQLite database", "name another file; this one is something else"


def _socket_problems(config: Config) -> Iterator[tuple[Place, str, str]]:
    path = Path(config.admin_socket) if config.admin_socket else socket_path(config.database)
    key: Place = ("admin_socket",) if config.admin_socket else ("database",)
    if len(str(path).encode()) > UDS_PATH_MAX:
        what = f"the admin socket's path has {len(str(path).encode())} octets, and at most {UDS_PATH_MAX} fit"
        yield key, what, "give admin_socket: a shorter path"
    elif config.admin_socket and not path.parent.is_dir():
        yield key, f"there is no folder {path.parent}", "make it, or name another"


def _twice(config: Config) -> Iterator[tuple[Place, str, str]]:
    """Two listeners on one address; port 0 is another one each time."""
    listen = config.smpp.listen
    places: dict[Place, str] = {("http", "listen"): config.http.listen}
    if listen is not None:
        places[("smpp", "listen", "address")] = listen.address
        if listen.tls is not None:
            places[("smpp", "listen", "tls", "address")] = listen.tls.address
    seen: dict[str, Place] = {}
    for place, address in places.items():
        if not address.endswith(":0") and (other := seen.setdefault(address, place)) is not place:
            yield (
                place,
                f"the address of {'.'.join(map(str, other))} as well",
                "give each listener its own port",
            )


def tls_problems(config: Config, tree: Node, *, file: str, environ: Mapping[str, str]) -> Iterator[Problem]:
    """TLS files that are not there, cannot be read, or do not belong together."""
    listen = config.smpp.listen
    if listen is not None and (tls := listen.tls) is not None:
        place: Place = ("smpp", "listen", "tls")
        given = {"cert": tls.cert, "key": tls.key, "client_ca": tls.client_ca}

        def listens() -> ssl.SSLContext:
            ca = Path(given["client_ca"]) if given["client_ca"] else None
            return server_context(cert=Path(given["cert"]), key=Path(given["key"]), client_ca=ca)

        yield from _tls_problems(given, listens, place, tree, file=file, environ=environ)
    for name, carrier in config.carriers.items():
        for number, bind in enumerate(carrier.binds):
            if bind.tls is None:
                continue
            files = {"ca": bind.tls.ca, "cert": bind.tls.cert, "key": bind.tls.key}

            def dials(files: dict[str, str] = files) -> ssl.SSLContext:
                ca, cert, key = (Path(one) if one else None for one in files.values())
                return client_context(ca=ca, cert=cert, key=key)

            place = ("carriers", name, "binds", number, "tls")
            yield from _tls_problems(files, dials, place, tree, file=file, environ=environ)


def _tls_problems(
    given: dict[str, str],
    build: Callable[[], ssl.SSLContext],
    place: Place,
    tree: Node,
    *,
    file: str,
    environ: Mapping[str, str],
) -> Iterator[Problem]:
    found = [(key, *wrong) for key, name in given.items() if name and (wrong := _unusable(Path(name), key))]
    if not given["cert"] and given["key"]:
        found.append(("key", "a key without its certificate", "give cert: as well, or neither"))
    if not found:
        try:
            build()
        except (OSError, ValueError) as error:  # every file alone is fine: they do not belong together
            what = f"certificate and key do not go together ({_reason(error)})"
            found.append(
                ("key" if given["key"] else "cert", what, "give the key of that very certificate as key:")
            )
    for key, message, mend in found:
        where = (*place, key)
        yield Problem(
            *_place(where, tree, file, environ), "TLS", f"{'.'.join(map(str, where))}: {message}", mend
        )


def _unusable(path: Path, key: str) -> tuple[str, str] | None:
    """What is wrong with one file by itself, and its mend."""
    try:
        octets = path.read_bytes()
    except OSError as error:
        return f"{path}: {error.strerror or error}", "name a file that the server's user can read"
    if key == "key":
        if b"PRIVATE KEY-----" not in octets:
            return f"{path} holds no private key in PEM form", "give the private key as PEM"
        if b"ENCRYPTED" in octets:
            return f"{path} is encrypted, and nobody types its password", "give the key without a password"
        return None
    try:
        if key == "cert":
            expires_at(octets.decode("latin-1"))
        else:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except (BadCertificate, OSError, ValueError) as error:
        return f"{path} holds no certificate in PEM form ({_reason(error)})", "give the certificate as PEM"
    return None


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", "") or error).replace("_", " ").lower()[:100]


def _place(path: Place, tree: Node, file: str, environ: Mapping[str, str]) -> tuple[str, int]:
    """File and line of a key, or the environment variable that overrides it."""
    for variable, key in variables():
        if key == path and variable in environ:
            return f"${variable}", 0
    return file, line_at(tree, path)
