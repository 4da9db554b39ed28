"""People who left and come back."""

from tests.flow.world import World, address_of


def test_somebody_who_left_and_signs_up_again_is_mailed_the_button_again() -> None:
    """Also at once, and after all the letters that an address gets before its owner acts."""
    world = World()
    world.open()
    for number in range(3):
        world.sign_up("ana", token=f"0123456789abcdef-{number}")
        world.run_jobs()
        assert len(world.mails("ana")) == number + 1
        world.confirm("ana")
        world.withdraw("ana")
    assert world.person("ana").email == address_of("ana")


def test_a_stranger_cannot_mail_somebody_who_left_more_than_anybody_else() -> None:
    """Two letters, then none until the owner acts."""
    world = World()
    world.open()
    world.join("ana")
    world.withdraw("ana")
    for number in range(5):
        world.sign_up("ana", token=f"0123456789abcdef-{number}")
    world.run_jobs()
    assert len(world.mails("ana")) == 3
