"""Acts of several people at the same time, on connections of their own."""

import threading

from django.db import close_old_connections, connection

from accounts.exceptions import ActionRefused


def at_once(*acts):
    """Run the acts in threads of their own, all started together; gives each one's result, or what it raised."""
    barrier, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number, act):
        try:
            barrier.wait(5)
            results[number] = act()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    close_old_connections()
    assert not any(thread.is_alive() for thread in threads), "a deadlock"
    broken = [result for result in results if isinstance(result, Exception) and not isinstance(result, ActionRefused)]
    assert broken == [], broken
    return results
