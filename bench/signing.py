"""The chain of events (requests_app.event_chain), signed in PostgreSQL, which has SHA-256 but no HMAC."""

import hashlib

from django.conf import settings

BLOCK = 64  # bytes of SHA-256's


def functions():
    """Return the SQL that makes bench_sign(text) and bench_chain(text).

    In a window the latter's value is the signature so far. Its argument is an event's content without the signature
    before it: see `event_chain._content`.
    """
    key = settings.AUDIT_KEY.encode()
    if len(key) > BLOCK:
        key = hashlib.sha256(key).digest()
    key = key.ljust(BLOCK, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in key).hex() for pad in (0x36, 0x5C))
    return f"""
        CREATE FUNCTION bench_sign(content text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
        BEGIN RETURN
            encode(sha256('\\x{outer}'::bytea || sha256('\\x{inner}'::bytea || convert_to(content, 'UTF8'))), 'hex');
        END $$;
        CREATE FUNCTION bench_next(before text, content text) RETURNS text
        LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
        BEGIN RETURN
            encode(sha256('\\x{outer}'::bytea || sha256('\\x{inner}'::bytea ||
                convert_to('["' || before || '",' || content || ']', 'UTF8'))), 'hex');
        END $$;
        CREATE AGGREGATE bench_chain(text) (SFUNC = bench_next, STYPE = text, INITCOND = '');
    """


DROP = """
    DROP AGGREGATE bench_chain(text);
    DROP FUNCTION bench_next(text, text);
    DROP FUNCTION bench_sign(text);
"""
