"""The shape of what check_invariants asks: nothing that takes the database ever longer for each row."""

import re

import pytest
from django.db import connection

from requests_app.integrity.invariants import offenders

WORDS = re.compile(r"""'(?:[^']|'')*'|"[^"]*"|[()]|\b(?:IN|NOT|OR|SELECT)\b""")


def is_looked_through(sql):
    """Whether a list that a subquery gives stands under an OR or a NOT: the database cannot join it to the rows."""
    groups, before = [{"words": set(), "negated": False}], ""
    for word in (*WORDS.findall(sql), ")"):
        if word == "(":
            groups.append({"words": {"LIST"} if before == "IN" else set(), "negated": before == "NOT"})
        elif word == ")":
            closed = groups.pop()
            is_list = {"LIST", "SELECT"} <= closed["words"]
            if "HELD" in closed["words"] and (closed["negated"] or "OR" in closed["words"]):
                return True
            if groups and (is_list or ("HELD" in closed["words"] and "SELECT" not in closed["words"])):
                groups[-1]["words"].add("HELD")
        else:
            groups[-1]["words"].add(word)
        before = word
    return False


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELECT 1 FROM a WHERE (b AND c IN (SELECT d FROM e WHERE f OR g))", False),
        ("SELECT 1 FROM a WHERE (b OR c IN (SELECT d FROM e))", True),
        ("SELECT 1 FROM a WHERE ((b AND c IN (SELECT d FROM e)) OR f)", True),
        ("SELECT 1 FROM a WHERE NOT (c IN (SELECT d FROM e))", True),
        ("SELECT 1 FROM a WHERE (b OR c IN (1, 2) OR 'x IN (SELECT')", False),
    ],
)
def test_list_under_an_or_or_a_not_is_found(sql, found):
    assert is_looked_through(sql) is found


@pytest.mark.usefixtures("connected_share")
def test_no_statement_looks_through_a_list_for_each_row():
    """The database does, once the list outgrows the memory of a statement: it would take days at a million rows."""
    statements = []

    def note(execute, sql, params, many, context):
        statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        assert list(offenders()) == []

    assert len(statements) > 50
    assert [sql for sql in statements if is_looked_through(sql)] == []
