"""An SMTP server on a free port, which it prints: takes every mail and keeps none.

python -m bench.mail_server SECONDS   that it waits before it greets
"""

import asyncio
import sys

from aiosmtpd.smtp import SMTP


class Taking:
    async def handle_DATA(self, server, session, envelope):
        return "250 OK"


class Greeting(SMTP):
    """Greets late, as servers do that want to know who comes."""

    seconds = 0.0

    async def _handle_client(self):
        await asyncio.sleep(self.seconds)
        await super()._handle_client()


async def serve(seconds):
    Greeting.seconds = seconds
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Greeting(Taking(), loop=loop), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
