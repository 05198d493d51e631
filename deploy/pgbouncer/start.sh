#!/bin/sh
# Writes the one password that PgBouncer has to know, and starts it.
set -eu
umask 077
printf '"shoppartners" "%s"\n' "$POSTGRES_PASSWORD" >/tmp/userlist.txt
exec /usr/sbin/pgbouncer /etc/pgbouncer/pgbouncer.ini
