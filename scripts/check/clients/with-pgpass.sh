#!/bin/sh
unset PGPASSWORD
exec psql --no-psqlrc --no-password --tuples-only --no-align --command "$QUESTION"
