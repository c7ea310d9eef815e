"""nginx with nchan, the cheapest of the peers that were measured, where it is installed.

It passes on what agents publish: no rights, no state, no record. Debian has it as nginx and
libnginx-mod-nchan.
"""

import asyncio
import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.bench import loader
from tests.bench.loader import Plan
from tests.bench.rig import Rig
from tests.clock import until

CONFIGURATION = """
load_module {module};
daemon off;
master_process off;
worker_rlimit_nofile 20000;
pid {folder}/pid;
error_log {folder}/log warn;
events {{ worker_connections 15000; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  nchan_shared_memory_size 256M;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location = /ws/watch {{
      nchan_subscriber websocket;
      nchan_channel_id presence;
      nchan_store_messages off;
      nchan_subscriber_first_message newest;
    }}
    location = /ws/agent {{
      nchan_publisher websocket;
      nchan_channel_id presence;
      nchan_store_messages off;
    }}
  }}
}}
"""


def nginx() -> Path | None:
    found = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
    return Path(found) if found else None


def module() -> Path | None:
    """nchan, where there is an nginx to load it."""
    server = nginx()
    found = server and server.parents[1] / "lib" / "nginx" / "modules" / "ngx_nchan_module.so"
    return found if found and found.exists() else None


@asynccontextmanager
async def nchan(plan: Plan) -> AsyncIterator[Rig]:
    with tempfile.TemporaryDirectory(prefix="zaiseki-bench-") as folder:
        port = free_port()
        command = (str(nginx()), "-p", folder, "-c", configured(Path(folder), port))
        process = await asyncio.create_subprocess_exec(*command)
        try:
            await until(lambda: answers(port))
            async with loader.load(Path(folder), plan, port, offer="relay") as load:
                yield Rig(load, port, process.pid, None, None)
        finally:
            await loader.ended(process)


def configured(folder: Path, port: int) -> str:
    """The path of its configuration."""
    file = folder / "nginx.conf"
    file.write_text(CONFIGURATION.format(module=module(), folder=folder, port=port))
    return str(file)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as trying:
        return trying.connect_ex(("127.0.0.1", port)) == 0
