"""A backup says what it holds; restoring it proves that this came back, on a real server with its own programs."""

import json
import os
import stat

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from partners.models import Partner
from requests_app import services
from requests_app.integrity import backups
from requests_app.models import Event, PartnerRequest
from requests_app.safeguards import Safeguard
from tests.factories import PartnerFactory, ShopFactory, make_request, owner_of


@pytest.fixture
def world(transactional_db):
    request = make_request(ShopFactory(), PartnerFactory.create_batch(2), subject="Zoë Ångström 张伟")
    share = request.shares.first()
    services.accept_share(share_id=share.pk, by=owner_of(share.partner), version=1)
    return request


@pytest.mark.postgresql
def test_drill_restores_every_row_and_leaves_nothing_behind(world, capsys):
    before, databases = backups.contents(), names_of_databases()

    call_command("restore_drill")

    told = f"Restored {backups.in_words(before)}, each equal to what was dumped; all invariants hold.\n"
    assert capsys.readouterr().out == told
    assert before["tables"]["public.requests_app_event"][0] == Event.objects.count() == 4
    assert Safeguard.objects.get().kind == "drill"  # which is noted once it is over
    Safeguard.objects.all().delete()
    assert backups.contents() == before
    assert names_of_databases() == databases


@pytest.mark.postgresql
def test_drill_that_was_killed_left_its_database_which_the_next_one_says_and_keeps(world):
    left = connection.ops.quote_name(f"{connection.settings_dict['NAME']}_drill")
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {left}")

    with pytest.raises(CommandError, match=r"_drill.* already exists"):
        call_command("restore_drill")

    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {left}")


@pytest.mark.postgresql
def test_backup_can_be_read_by_its_owner_alone(world, tmp_path, capsys):
    call_command("backup", str(tmp_path / "backups"))

    dump, content = sorted((tmp_path / "backups").iterdir())
    assert capsys.readouterr().out.startswith(f"{dump}: ")
    assert [dump.suffix, content.suffix] == [".dump", ".json"]
    assert stat.S_IMODE(dump.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(dump.stat().st_mode) == 0o600
    assert Safeguard.objects.get().kind == "backup"


@pytest.mark.postgresql
def test_restore_of_what_was_there_has_all_and_breaks_no_invariant(world, tmp_path, capsys):
    dump, _content = backups.backup(tmp_path)
    PartnerRequest.objects.update(subject="changed since")

    with backups.a_new_database():
        call_command("restore", str(dump))

        assert PartnerRequest.objects.get().subject == "Zoë Ångström 张伟"
        assert Partner.objects.count() == 2
    assert PartnerRequest.objects.get().subject == "changed since"
    assert capsys.readouterr().out.endswith("All invariants hold.\n")


@pytest.mark.postgresql
def test_restore_into_a_database_in_use_is_refused_and_changes_nothing(world, tmp_path):
    dump, _content = backups.backup(tmp_path)
    before = backups.contents()

    with pytest.raises(CommandError, match="is not empty"):
        call_command("restore", str(dump))

    assert backups.contents() == before


@pytest.mark.postgresql
def test_restore_of_a_broken_dump_is_refused_and_leaves_the_database_empty(world, tmp_path):
    dump, _content = backups.backup(tmp_path)
    dump.write_bytes(dump.read_bytes()[: dump.stat().st_size * 2 // 3])

    with backups.a_new_database():
        with pytest.raises(CommandError, match="pg_restore failed"):
            call_command("restore", str(dump))

        assert backups.contents()["tables"] == {}


@pytest.mark.postgresql
def test_restore_says_which_table_is_not_what_was_dumped(world, tmp_path):
    dump, content = backups.backup(tmp_path)
    content["tables"]["public.partners_partner"][1] = "0"
    content["tables"]["public.requests_app_share"][0] = 3
    content["tables"]["public.forgotten"] = [1, "1"]
    content["sequences"]["public.requests_app_event_id_seq"] += 1
    dump.with_suffix(".json").write_text(json.dumps(content))

    with backups.a_new_database(), pytest.raises(CommandError) as refused:
        call_command("restore", str(dump))

    assert str(refused.value).splitlines() == [
        "What came back is not what was there:",
        "public.forgotten: 1 rows in the backup, no table here",
        "public.partners_partner: 2 rows in the backup, 2 here, not the same ones",
        "public.requests_app_share: 3 rows in the backup, 2 here",
        "public.requests_app_event_id_seq: would give a number again that is taken",
    ]


@pytest.mark.postgresql
def test_drill_tells_of_a_chain_that_was_cut_before_the_backup(world):
    PartnerRequest.objects.update(event_count=2)

    with pytest.raises(CommandError, match=f"breaks its rules:\n{world.reference}"):
        call_command("restore_drill")


@pytest.mark.postgresql
def test_programs_of_another_major_version_are_refused_with_what_to_install(transactional_db, tmp_path, monkeypatch):
    other = tmp_path / "pg_dump"
    other.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n")
    other.chmod(0o755)
    monkeypatch.setenv("PG_BIN", str(tmp_path))

    major = connection.pg_version // 10000
    with pytest.raises(
        CommandError, match=f"is PostgreSQL {major}, and pg_dump here is .* 9.6.1: install postgresql-client-{major}"
    ):
        call_command("backup", str(tmp_path / "backups"))

    assert os.listdir(tmp_path / "backups") == []


@pytest.mark.postgresql
def test_of_several_hosts_the_programs_ask_the_one_that_the_settings_want(transactional_db, tmp_path, monkeypatch):
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "target_session_attrs", "standby")

    with pytest.raises(CommandError, match="server is not in hot standby mode"):
        call_command("backup", str(tmp_path / "backups"))


@pytest.mark.once
@pytest.mark.parametrize("arguments", [("backup", "x"), ("restore", "x.dump"), ("restore_drill",)])
def test_backup_of_sqlite_says_what_to_do(arguments, monkeypatch):
    monkeypatch.setattr(connection, "vendor", "sqlite")

    with pytest.raises(CommandError, match="names no PostgreSQL"):
        call_command(*arguments)


@pytest.mark.postgresql
def test_restore_without_the_list_of_what_is_in_it_is_refused(db, tmp_path):
    (tmp_path / "one.dump").touch()

    with pytest.raises(CommandError, match=r"one\.dump and one\.json are needed"):
        call_command("restore", str(tmp_path / "one.dump"))


def names_of_databases():
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database ORDER BY 1")
        return [name for (name,) in cursor.fetchall()]
