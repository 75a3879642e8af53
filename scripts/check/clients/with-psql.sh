#!/bin/sh
exec psql --no-psqlrc --tuples-only --no-align --command "$QUESTION"
