import os

import sqlalchemy

# SQLAlchemy takes the scheme for the driver's name: psycopg's here.
url = os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://", 1)
with sqlalchemy.create_engine(url).connect() as connection:
    print(connection.execute(sqlalchemy.text(os.environ["QUESTION"])).scalar())
