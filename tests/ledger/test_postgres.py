"""A PostgreSQL that would lose or change what it is given is refused before anything is written."""

import psycopg
import pytest
from tests.faults.proxy import Wire
from tests.servers import PostgresServer

from amparo.errors import Malformed, Refused, Unavailable, Unsound
from amparo.storage.postgres import Postgres


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_is_not_in_utf_8_is_refused(encoding, postgres):
    name = f"in_{encoding.lower()}"
    with psycopg.connect(postgres.address, autocommit=True) as session:
        session.execute(
            f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0"
        )
    with pytest.raises(Refused) as refused:
        Postgres(postgres.address.replace("/postgres", f"/{name}"))

    assert f"its encoding is {encoding}" in refused.value.why


def test_the_database_that_the_refusal_advises_is_taken(postgres):
    with psycopg.connect(postgres.address, autocommit=True) as session:
        session.execute("CREATE DATABASE advised ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0")
    database = Postgres(postgres.address.replace("/postgres", "/advised"))

    assert database.execute("SELECT 'añ—字'").get == "añ—字"
    database.close()


def test_a_server_that_does_not_wait_for_its_disk_is_refused():
    server = PostgresServer("fsync=off")
    try:
        with pytest.raises(Unsound) as refused:
            Postgres(server.address)
    finally:
        server.remove()

    assert "fsync is off" in refused.value.why


def test_a_connection_that_is_lost_before_its_first_answer_is_told_and_tried_again(postgres):
    wire = Wire(postgres.port)
    wire.rule = lambda sent: "cut" if b"SHOW" in sent else "pass"
    address = postgres.address.replace(f":{postgres.port}/", f":{wire.port}/")
    with pytest.raises(Unavailable):
        Postgres(address)
    wire.rule = lambda _: "pass"

    Postgres(address).close()
    wire.close()


def test_a_text_with_nul_is_its_sender_s_mistake_and_the_session_goes_on(postgres):
    """SQLite keeps one, PostgreSQL does not: any page with a text in its address was a 500."""
    database = Postgres(postgres.place())
    database.create("CREATE TABLE note (text TEXT NOT NULL) STRICT;")
    for query in ("SELECT text FROM note WHERE text = ?", "INSERT INTO note VALUES (?)"):
        with pytest.raises(Malformed), database.transaction():
            database.execute(query, ("a\0b",))
    with pytest.raises(Malformed), database.transaction():
        database.insert_many("note", [("a",), ("b\0",)])

    assert database.execute("SELECT count(*) FROM note").get == 0
    database.close()
