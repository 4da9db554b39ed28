"""What SES, Lambda and SSM answer, and what the ports make of it."""

import base64
import json
import logging
import socket
from datetime import UTC

import pytest
from botocore.exceptions import ClientError, HTTPClientError

from chalicelib.adapters.aws import UNLIMITED, LambdaJobs, SesMailer, SsmSecrets, SystemClock
from chalicelib.domain.errors import NotReady
from chalicelib.domain.ports import Quota, Refused, Throttled

MESSAGE = b"Subject: Hello\r\n\r\nHello.\r\n"
ID = "<SendRawEmailResult><MessageId>id-1</MessageId></SendRawEmailResult>"
TAKEN = (200, f"<SendRawEmailResponse>{ID}</SendRawEmailResponse>")


def send(mailer):
    return mailer.send("covey@example.org", "bo@example.org", MESSAGE)


def quota_answer(rate, most, used):
    fields = {"MaxSendRate": rate, "Max24HourSend": most, "SentLast24Hours": used}
    result = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return (200, f"<GetSendQuotaResponse><GetSendQuotaResult>{result}</GetSendQuotaResult></GetSendQuotaResponse>")


def test_a_letter_is_handed_over_as_it_is(provider):
    """Byte for byte, to its one recipient."""
    provider.will_say(TAKEN)
    assert send(SesMailer()) == "id-1"
    form = provider.requests[0].form
    assert base64.b64decode(form["RawMessage.Data"]) == MESSAGE
    assert (form["Source"], form["Destinations.member.1"]) == ("covey@example.org", "bo@example.org")
    assert "Destinations.member.2" not in form
    assert "ConfigurationSetName" not in form


def test_a_letter_goes_through_the_configuration_set(provider):
    """Where there is one."""
    provider.will_say(TAKEN)
    send(SesMailer("covey-events"))
    assert provider.requests[0].form["ConfigurationSetName"] == "covey-events"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("Throttling", 400),
        ("ThrottlingException", 400),
        ("TooManyRequestsException", 429),
        ("LimitExceededException", 400),
        ("ServiceUnavailable", 503),
        ("AccountSendingPausedException", 400),
        ("ConfigurationSetSendingPausedException", 400),
        ("ConfigurationSetDoesNotExist", 400),
        ("MailFromDomainNotVerifiedException", 400),
        ("AccessDenied", 403),
        ("ExpiredToken", 403),
        ("SignatureDoesNotMatch", 403),
    ],
)
def test_a_letter_that_was_not_taken_now_may_go_out_later(provider, code, status):
    """After one attempt, with the provider's words."""
    provider.will_refuse(code, status, "Not just now.")
    with pytest.raises(Throttled, match="Not just now"):
        send(SesMailer())
    assert len(provider.requests) == 1


@pytest.mark.parametrize("code", ["MessageRejected", "InvalidParameterValue", "MissingParameter", "ValidationError"])
def test_a_letter_that_is_at_fault_is_refused(provider, code):
    """After one attempt, with the provider's words."""
    provider.will_refuse(code, 400, "Local address contains control characters.")
    with pytest.raises(Refused, match="control characters"):
        send(SesMailer())
    assert len(provider.requests) == 1


def test_an_address_that_is_not_verified_yet_may_be_one_day(provider):
    """In SES's sandbox letters wait for that instead of being lost."""
    provider.will_refuse("MessageRejected", 400, "Email address is not verified.")
    with pytest.raises(Throttled, match="not verified"):
        send(SesMailer())


@pytest.mark.parametrize(
    ("code", "status"),
    [("InternalFailure", 500), ("InternalError", 500), ("SomethingNew", 400), ("RequestTimeout", 408)],
)
def test_an_answer_that_does_not_say_is_passed_on(provider, code, status):
    """Nobody knows what became of the letter, so it is neither; and it is not sent again."""
    provider.will_refuse(code, status)
    with pytest.raises(ClientError):
        send(SesMailer())
    assert len(provider.requests) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_answer_of_something_in_between_is_passed_on(provider, status):
    """A proxy's 503 is not SES's: the letter may have gone through."""
    provider.will_say((status, ""))
    with pytest.raises(ClientError):
        send(SesMailer())
    assert len(provider.requests) == 1


def test_a_letter_whose_answer_was_lost_is_not_sent_again(provider):
    """The connection closed after the letter went out: one attempt, and the error as it is."""
    provider.will_say(None)
    with pytest.raises(HTTPClientError):
        send(SesMailer())
    assert len(provider.requests) == 1


def test_a_letter_that_reached_nobody_may_go_out_later(provider, monkeypatch):
    """Without a connection nothing can have been taken."""
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{unheard.getsockname()[1]}")
        with pytest.raises(Throttled):
            send(SesMailer())
    assert provider.requests == []


@pytest.mark.parametrize(
    ("answer", "quota"),
    [
        ((14.0, 50000.0, 120.0), Quota(14.0, 49880)),
        ((1.0, 200.0, 200.0), Quota(1.0, 0)),
        ((1.0, 200.0, 203.0), Quota(1.0, 0)),
        ((90.0, -1.0, 7.0), Quota(90.0, UNLIMITED)),
    ],
)
def test_the_quota_is_the_accounts(provider, answer, quota):
    """Letters a second, and letters left today; -1 says that there is no daily limit."""
    provider.will_say(quota_answer(*answer))
    assert SesMailer().quota() == quota


def test_a_sender_starts_on_fresh_connections(provider):
    """Those of the sender before may have died in their sleep."""
    mailer = SesMailer()
    provider.will_say(quota_answer(1.0, 200.0, 0.0), TAKEN)
    mailer.quota()
    send(mailer)
    send(mailer)
    assert provider.connections == 1
    provider.will_say(quota_answer(1.0, 200.0, 0.0))
    mailer.quota()
    assert provider.connections == 2


def test_a_job_is_started_and_not_waited_for(provider):
    """The functions' names start with the app's and the stage's."""
    provider.will_say((202, ""))
    jobs = LambdaJobs("covey-dev")
    jobs.match("e1", "r1")
    jobs.send()
    match, letters = provider.requests
    assert match.path.endswith("/functions/covey-dev-match/invocations")
    assert letters.path.endswith("/functions/covey-dev-send/invocations")
    assert {one.headers["X-Amz-Invocation-Type"] for one in provider.requests} == {"Event"}
    assert [json.loads(one.body) for one in provider.requests] == [{"event_id": "e1", "run": "r1"}, {}]


def test_a_sender_is_not_woken_twice_at_once(provider):
    """The first looks again by itself in a moment; another would only find that it is one too many."""
    provider.will_say((202, ""))
    jobs = LambdaJobs("covey-dev")
    for _ in range(20):
        jobs.send()
    assert len(provider.requests) == 1


@pytest.mark.parametrize("answer", [(403, '{"Message": "no"}'), (500, ""), None])
def test_a_job_that_does_not_start_is_left_to_the_tick(provider, caplog, answer):
    """Whoever asked has saved what they did, and is told nothing of it; the log is."""
    provider.will_say(answer)
    with caplog.at_level(logging.ERROR):
        LambdaJobs("covey-dev").send()
    assert "covey-dev-send" in caplog.text


def parameter(key):
    return (200, json.dumps({"Parameter": {"Value": base64.b64encode(key).decode()}}))


MISSING = (400, json.dumps({"__type": "ParameterNotFound"}))
EXISTS = (400, json.dumps({"__type": "ParameterAlreadyExists"}))


def operations(provider):
    return [one.headers["X-Amz-Target"].partition(".")[2] for one in provider.requests]


def test_the_key_is_read_once(provider):
    """It never changes."""
    provider.will_say(parameter(b"k" * 32))
    vault = SsmSecrets("/covey/link-key")
    assert [vault.link_key(), vault.link_key()] == [b"k" * 32] * 2
    assert operations(provider) == ["GetParameter"]
    assert json.loads(provider.requests[0].body) == {"Name": "/covey/link-key", "WithDecryption": True}


def test_a_key_that_was_not_made_yet_is_asked_for_again(provider):
    """Until then the service is not ready."""
    provider.will_say(MISSING, MISSING, parameter(b"k" * 32))
    vault = SsmSecrets("/covey/link-key")
    for _ in range(2):
        with pytest.raises(NotReady) as caught:
            vault.link_key()
    assert caught.value.retry_after == 15
    assert vault.link_key() == b"k" * 32


def test_a_missing_key_is_made_encrypted_and_of_its_own(provider):
    """Thirty-two random bytes that overwrite nothing."""
    made = []
    for _ in range(2):
        provider.requests.clear()
        provider.will_say(MISSING, (200, "{}"))
        SsmSecrets("/covey/link-key").create_link_key()
        assert operations(provider) == ["GetParameter", "PutParameter"]
        said = json.loads(provider.requests[1].body)
        assert (said["Type"], said["Overwrite"]) == ("SecureString", False)
        made.append(base64.b64decode(said["Value"]))
    assert [len(key) for key in made] == [32, 32]
    assert made[0] != made[1]


def test_a_key_that_is_there_stays(provider):
    """Also when another tick makes it between our looking and our making."""
    provider.will_say(parameter(b"k" * 32))
    vault = SsmSecrets("/covey/link-key")
    vault.create_link_key()
    vault.create_link_key()
    assert operations(provider) == ["GetParameter"]

    provider.will_say(MISSING, EXISTS, parameter(b"theirs"))
    vault = SsmSecrets("/covey/link-key")
    vault.create_link_key()
    assert vault.link_key() == b"theirs"


def test_the_systems_clock_is_aware():
    """And waits as long as it is told to."""
    clock = SystemClock()
    before = clock.now()
    clock.sleep(0.01)
    assert before.tzinfo is UTC
    assert (clock.now() - before).total_seconds() >= 0.01
