"""Django's SMTP, which keeps its connection over the mails of a round (`connections_kept`)."""

import smtplib
from contextlib import contextmanager, suppress
from contextvars import ContextVar

from django.core.mail.backends import smtp

GOODBYE = 2  # seconds that a server has to answer QUIT
CLOSING = 421  # the reply of a server that takes nothing more on this connection
_kept: ContextVar["_Kept | None"] = ContextVar("kept", default=None)


class _Kept:
    """What one thread keeps: the backend whose connection is open, and whether the last one broke with a mail on it."""

    backend: "EmailBackend | None" = None
    may_have_mail = False


@contextmanager
def connections_kept():
    """Send what this thread sends within the block over one connection, opened again when it breaks."""
    token = _kept.set(kept := _Kept())
    try:
        yield
    finally:
        _kept.reset(token)
        if kept.backend:
            _say_goodbye(kept.backend.connection)


class _Watched:
    """A connection that knows whether the server may have the present mail."""

    may_have_mail = False

    def mail(self, *args, **kwargs):
        self.may_have_mail = False
        return super().mail(*args, **kwargs)

    def data(self, *args, **kwargs):
        self.may_have_mail = True
        return super().data(*args, **kwargs)


class _Smtp(_Watched, smtplib.SMTP):
    pass


class _SmtpSsl(_Watched, smtplib.SMTP_SSL):
    pass


class EmailBackend(smtp.EmailBackend):
    @property
    def connection_class(self):
        return _SmtpSsl if self.use_ssl else _Smtp

    def send_messages(self, email_messages):
        """Send these, over the connection that is kept if one is.

        A mail that an old connection cannot take, and that the server has not got by then, is sent at once over a new
        one: servers end connections after some mails or some time. Raise what goes wrong otherwise.
        """
        kept = _kept.get()
        if kept is None:
            return super().send_messages(email_messages)
        if kept.backend is not None:
            try:
                return kept.backend.send_over_kept(email_messages, kept)
            except (OSError, smtplib.SMTPException) as error:
                if kept.backend or not _was_not_taken(error, kept):
                    raise
        self.open()
        kept.backend = self
        return self.send_over_kept(email_messages, kept)

    def send_over_kept(self, email_messages, kept):
        """Send over this backend's open connection; no longer keep one that is broken or closed."""
        try:
            return super().send_messages(email_messages)
        except Exception as error:
            connection = self.connection
            if not _is_answer(error) or connection.sock is None:
                kept.may_have_mail, kept.backend = connection.may_have_mail, None
                connection.close()
            raise


def _say_goodbye(connection):
    with suppress(OSError, smtplib.SMTPException):
        if connection.sock:
            connection.sock.settimeout(GOODBYE)
            connection.quit()
    connection.close()


def _is_answer(error):
    return isinstance(error, (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused))


def _was_not_taken(error, kept):
    """Return whether the server cannot have the mail, of an error that ended a connection."""
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code == CLOSING
    return isinstance(error, smtplib.SMTPRecipientsRefused) or not kept.may_have_mail
