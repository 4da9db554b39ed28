from msgspec.structs import replace

from chalicelib.domain.erasure import Shown, group_without, mentions
from chalicelib.domain.plan import Hello
from chalicelib.domain.sub_event import without
from tests.contract import records

GROUP = replace(
    records.sub_event(),
    members=("a", "b"),
    wildcard="a",
    why={},
    hello={"a": Hello("x", "long novels"), "b": Hello("zora", "short novels")},
)


def test_a_group_forgets_whom_its_members_were_told_of() -> None:
    """Somebody of another group who is erased is named to nobody any more; other hellos stay."""
    assert mentions(GROUP, "zora")
    left = group_without(GROUP, "zora", Shown(GROUP.title, GROUP.subtitle, GROUP.keywords))
    assert left.hello == {"a": Hello("x", "long novels")}
    assert not mentions(left, "zora")


def test_whoever_leaves_a_group_takes_along_what_was_theirs() -> None:
    """Their hello, and that they were its guest."""
    left = without(GROUP, "a")
    assert (left.members, left.wildcard, left.hello) == (("b",), None, {"b": Hello("zora", "short novels")})
