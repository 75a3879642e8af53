import asyncio
import os

import asyncpg


async def main():
    connection = await asyncpg.connect(os.environ["DATABASE_URL"])
    print(await connection.fetchval(os.environ["QUESTION"]))
    await connection.close()


asyncio.run(main())
