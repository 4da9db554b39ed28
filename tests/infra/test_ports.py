"""The local cloud's ports as people set them: one that is none is told in a sentence, and nothing is started."""

from pathlib import Path

import pytest

from infra.local import cloud


@pytest.mark.parametrize("text", ["abc", "45 66", "4566.0", "-1", "0x10", "65536", "99999999999", "٣"])
@pytest.mark.parametrize("setting", ["COVEY_LOCAL_PORT", "COVEY_LOCAL_SMTP_PORT"])
def test_a_setting_that_is_no_port_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, text: str
) -> None:
    """Whoever set it reads what it says and what it should be; the other one is free."""
    monkeypatch.setenv("COVEY_LOCAL_PORT", "0")
    monkeypatch.setenv("COVEY_LOCAL_SMTP_PORT", "0")
    monkeypatch.setenv(setting, text)
    with pytest.raises(cloud.CloudError) as problem:
        cloud.start(tmp_path)
    usual = cloud.PORT if setting == "COVEY_LOCAL_PORT" else cloud.SMTP_PORT
    assert str(problem.value) == (
        f"{setting} is “{text.strip()}”; set it to a port such as {usual}, or to 0 for any that is free."
    )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["", " "])
def test_an_empty_setting_is_none(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """As with every other setting."""
    monkeypatch.setenv("COVEY_LOCAL_PORT", text)
    assert cloud._free_port("local AWS", "COVEY_LOCAL_PORT", 0, given=False) > 0


def test_a_port_may_stand_between_spaces_and_zero_takes_a_free_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it happens in files of settings."""
    monkeypatch.setenv("COVEY_LOCAL_PORT", " 0 ")
    port = cloud._free_port("local AWS", "COVEY_LOCAL_PORT", cloud.PORT, given=False)
    assert 1024 <= port < 65536
    monkeypatch.setenv("COVEY_LOCAL_PORT", f" {port}\n")
    assert cloud._free_port("local AWS", "COVEY_LOCAL_PORT", cloud.PORT, given=False) == port


def test_a_port_that_is_given_does_not_look_at_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests give their own, whatever the developer has set."""
    monkeypatch.setenv("COVEY_LOCAL_PORT", "abc")
    assert cloud._free_port("local AWS", "COVEY_LOCAL_PORT", 0, given=True) > 0
