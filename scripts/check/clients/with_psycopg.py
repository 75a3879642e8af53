import os

import psycopg

with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    print(connection.execute(os.environ["QUESTION"]).fetchone()[0])
