import asyncio
import os
import ssl

import sqlalchemy
from sqlalchemy.ext.asyncio import create_async_engine


async def main():
    certificate = os.environ.get("CA_CERTIFICATE_PATH")
    arguments = {} if certificate is None else {"ssl": ssl.create_default_context(cafile=certificate)}
    engine = create_async_engine(os.environ["ASYNCPG_URL"], connect_args=arguments)
    async with engine.connect() as connection:
        print((await connection.execute(sqlalchemy.text(os.environ["QUESTION"]))).scalar())
    await engine.dispose()


asyncio.run(main())
