import os

import sqlalchemy
from alembic.migration import MigrationContext
from alembic.operations import Operations

url = os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://", 1)
with sqlalchemy.create_engine(url).begin() as connection:
    Operations(MigrationContext.configure(connection)).create_table("by_alembic", sqlalchemy.Column("id", sqlalchemy.Integer))
    connection.execute(sqlalchemy.text("select * from by_alembic"))
    print(connection.execute(sqlalchemy.text(os.environ["QUESTION"])).scalar())
