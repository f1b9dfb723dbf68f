"""Every path of /v1 tells its faults in one way: status, code, and the fields that are wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.http.v1_stage import Api, open_api
from tests.stage import ANNA

POSTS = ("/v1/messages", "/v1/invitations", "/v1/optouts", "/v1/blocks")


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with open_api(tmp_path) as opened:
        yield opened


def said(answer: httpx.Response) -> tuple[int, str, list[str]]:
    """Status, code and the fields that are named."""
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    return answer.status_code, problem["code"], [error["field"] for error in problem.get("errors", [])]


@pytest.mark.parametrize("path", POSTS)
async def test_bodies_are_read_in_one_way(api: Api, path: str) -> None:
    client, usual = (await api.program()).client, {"campaign": "543/HOROSKOP", "text": "x", "scope": "code"}
    assert said(await client.post(path, data={"msisdn": ANNA})) == (415, "not_json", [])
    json_ = {"Content-Type": "application/json"}
    assert said(await client.post(path, content=b"{", headers=json_)) == (400, "bad_json", [])
    large = b'{"msisdn": "' + b"1" * 1024 * 1024 + b'"}'
    assert said(await client.post(path, content=large, headers=json_)) == (413, "too_large", [])
    small = large[:100_000] + b'"}'
    assert said(await client.post(path, content=small, headers=json_))[:2] == (422, "bad_value")
    status, code, fields = said(await client.post(path, json={**usual, "msisdn": "abc"}))
    assert (status, code) == (422, "bad_value") and "msisdn" in fields
    assert said(await client.post(path, json={"msisdn": ANNA}, params={"foo": "1"}))[:2] == (422, "bad_value")


async def test_queries_paths_and_methods_have_codes_too(api: Api) -> None:
    client = (await api.program()).client
    for path, field in (
        ("/v1/blocks?foo=1", "foo"),
        ("/v1/blocks?cursor=AAAA", "cursor"),
        ("/v1/blocks?cursor=%FF%01", "cursor"),
        ("/v1/blocks?limit=-1", "limit"),
        ("/v1/blocks?limit=1&limit=2", "limit"),
        ("/v1/blocks?msisdn=abc", "msisdn"),
        (f"/v1/numbers/{ANNA}?foo=1", "foo"),
        ("/v1/numbers/abc", "msisdn"),
        ("/v1/invitations/1?foo=1", "foo"),
    ):
        assert said(await client.get(path)) == (422, "bad_value", [field]), path
    assert said(await client.get("/v1/nothing")) == (404, "unknown_path", [])
    assert said(await client.put("/v1/messages", json={})) == (405, "wrong_method", [])
