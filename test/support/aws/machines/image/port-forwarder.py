"""An instance's public address: passes connections on to its private one, port by port.

In: PUBLIC_ADDRESS, PRIVATE_ADDRESS, PORTS (separated by commas). Says "listening" when all ports answer.
"""

import asyncio
import os

public, private = os.environ["PUBLIC_ADDRESS"], os.environ["PRIVATE_ADDRESS"]
ports = [int(port) for port in os.environ["PORTS"].split(",") if port]


async def pump(reader, writer):
    """Copies one direction, and its end."""
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


async def serve(port, reader, writer):
    """One connection; where the instance refuses it, it is reset."""
    try:
        onward_reader, onward_writer = await asyncio.wait_for(asyncio.open_connection(private, port), 10)
    except (OSError, asyncio.TimeoutError):
        writer.transport.abort()
        return
    try:
        await asyncio.gather(pump(reader, onward_writer), pump(onward_reader, writer))
        onward_writer.close()
        writer.close()
    except OSError:
        onward_writer.transport.abort()
        writer.transport.abort()


async def main():
    """Listens until it is ended."""
    for port in ports:
        await asyncio.start_server(lambda reader, writer, port=port: serve(port, reader, writer), public, port)
    print("listening", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
