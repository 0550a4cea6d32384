"""Tables change under rows that point to each other."""

from pathlib import Path

import pytest

from amapress_py import db, migrate

FIRST = "20261122_0300"


def test_an_upgrade_keeps_rows_that_point_to_each_other(tmp_path: Path) -> None:
    engine = db.make_engine(f"sqlite:///{tmp_path / 'old.db'}")
    migrate.upgrade(engine, FIRST)
    with engine.execution_options(writes=True).begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO page (id, path, title, menu_label, in_menu, position, state, audience,"
            " seed) VALUES (1, 'soupe', 'Soupe', '', 0, 0, 'published', '', '')"
        )
        connection.exec_driver_sql(
            "INSERT INTO page_revision (id, page_id, title, body, created_at)"
            " VALUES (1, 1, 'Soupe', '<p>Poireaux</p>', '2026-01-01 00:00:00.000000')"
        )

    migrate.upgrade(engine)

    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT title FROM page").scalars().all() == ["Soupe"]
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    engine.dispose()


def test_a_row_that_points_to_nothing_undoes_the_alteration(tmp_path: Path) -> None:
    engine = db.make_engine(f"sqlite:///{tmp_path / 'amap.db'}")
    migrate.upgrade(engine)

    with (
        pytest.raises(migrate.BrokenKey, match="page_revision"),
        migrate.alteration(engine) as connection,
    ):
        connection.exec_driver_sql(
            "INSERT INTO page_revision (id, page_id, title, body, created_at)"
            " VALUES (1, 7, '', '', '2026-01-01 00:00:00.000000')"
        )

    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM page_revision").scalar() == 0
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    engine.dispose()
