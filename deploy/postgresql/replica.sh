#!/bin/sh
# A standby of the server that PGHOST, PGUSER and PGPASSWORD name: the first start copies it. The arguments start it.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    pg_basebackup --dbname="application_name=replica" --pgdata="$PGDATA" --checkpoint=fast --wal-method=stream \
        --write-recovery-conf
    chmod 700 "$PGDATA"
fi
exec "$@"
