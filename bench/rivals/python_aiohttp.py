"""Asks many hosts with aiohttp, so many at once; prints the processor seconds that it took."""
import asyncio
import resource
import sys

import aiohttp


async def main(requests: int, at_once: int, urls: list[str]) -> float:
    connector = aiohttp.TCPConnector(limit=0, limit_per_host=100)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def work(indexes) -> None:
            for i in indexes:
                async with session.get(urls[i % len(urls)]) as response:
                    await response.read()

        async def run(count: int) -> None:
            indexes = iter(range(count))
            await asyncio.gather(*(work(indexes) for _ in range(at_once)))

        await run(2000)
        before = resource.getrusage(resource.RUSAGE_SELF)
        await run(requests)
        after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


print(asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])))
