import os

from django.conf import settings

# Of libpq's variables, Django's driver takes all that its settings leave out.
settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"]}})

from django.db import connection

with connection.cursor() as cursor:
    cursor.execute(os.environ["QUESTION"])
    print(cursor.fetchone()[0])
