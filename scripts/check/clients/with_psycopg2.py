import os

import psycopg2

with psycopg2.connect(os.environ["DATABASE_URL"]) as connection, connection.cursor() as cursor:
    cursor.execute(os.environ["QUESTION"])
    print(cursor.fetchone()[0])
