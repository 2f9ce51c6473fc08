"""A server with little room and short times, guarded as all of ours are: `python -m ... [FILES]`.

FILES is how many files it may have open.
"""

import asyncio
import os
import resource
import socket
import sys

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from amparo.errors import AmparoError
from amparo.web.app import HANDLERS
from amparo.web.http.bodies import Bodies
from amparo.web.http.limits import MB, Bounds
from amparo.web.http.server import PROXIES, server

BOUNDS = Bounds(
    unfinished_bytes=4 * MB,
    unread_bytes=64 * MB,
    connections=24,
    network_connections=12,
    head_seconds=1.0,
    idle_seconds=1.0,
    stall_seconds=2.0,
    bytes_a_second=20_000,
    pipelined=4,
)
BIG_BYTES = 24 * MB  # more than a loopback's own buffers hold


async def read(request):
    return PlainTextResponse(str(len(await request.body())))


async def read_late(request):
    await asyncio.sleep(4)
    return await read(request)


async def page(_):
    return PlainTextResponse("here")


async def who(request):
    return PlainTextResponse(f"{request.url.scheme} {request.client.host}".rjust(22))


async def slow(_):
    await asyncio.sleep(4)
    return PlainTextResponse("at last")


async def big(_):
    return Response(b"x" * BIG_BYTES)


def main():
    bounds = BOUNDS
    if sys.argv[1:]:
        files = int(sys.argv[1])
        resource.setrlimit(resource.RLIMIT_NOFILE, (files // 2, files))
        bounds = Bounds(network_connections=10**6)
    app = Starlette(
        routes=[
            Route("/", page, methods=["GET"]),
            Route("/who", who, methods=["GET"]),
            Route("/slow", slow, methods=["GET"]),
            Route("/big", big, methods=["GET"]),
            Route("/transparency", read, methods=["POST"]),  # 16 MiB
            Route("/report", read_late, methods=["POST"]),  # 512 KiB
            Route("/desk/passkey", read, methods=["POST"]),  # 10 KiB
        ],
        middleware=[Middleware(Bodies)],
        exception_handlers=HANDLERS,
    )
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    try:
        made = server(app, bounds, proxies=os.environ.get(PROXIES, ""), log_level="warning")
    except AmparoError as error:
        sys.exit(str(error))
    listener.listen(2048)
    print(f"Open http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    made.run(sockets=[listener])


if __name__ == "__main__":
    main()
