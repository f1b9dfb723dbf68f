"""`smsc reload` beside a running server."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Operator


async def test_OI4_reload_loads_the_file_anew_and_a_bad_one_leaves_the_old_in_force(
    operator: Operator,
) -> None:
    file, server = operator.stage.keywords_file, operator.stage.server
    text, before = file.read_text(encoding="utf-8"), server.node.intake.line
    file.write_text(text.replace("profile: ch-mo", "profile: ch-no", 1), encoding="utf-8")
    bad = await operator.runs("reload")
    assert (bad.exit_code, bad.stdout) == (1, "")
    assert 'unknown profile "ch-no"' in bad.stderr and "the old keywords stay in force" in bad.stderr
    assert server.node.intake.line is before
    file.unlink()
    assert (await operator.runs("reload")).exit_code == 1
    file.write_text(text, encoding="utf-8")
    good = await operator.runs("reload")
    assert (good.exit_code, good.stdout.startswith("loaded: ")) == (0, True), good.output
    assert server.node.intake.line is not before
    assert [row for row in server.board.rows() if row.state == "bound"], "no bind was touched"
