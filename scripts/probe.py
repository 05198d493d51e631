"""Asks this machine's own web server whether it is ready; ends with 1 where it is not. Needs no more than Python."""

import os
import sys
import urllib.error
import urllib.request

host = os.environ.get("ALLOWED_HOSTS", "127.0.0.1").split(",")[0]
address = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/readyz"
request = urllib.request.Request(address, headers={"Host": host})
try:
    urllib.request.urlopen(request, timeout=5)  # noqa: S310
except (urllib.error.URLError, TimeoutError) as error:
    sys.exit(f"{address}: {error}")
