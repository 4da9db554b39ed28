"""Where the pages live: a setting, else what the gateway says of itself, never what a client says."""

from chalice.app import Request

from chalicelib import wiring
from chalicelib.domain.errors import NotReady


def base_url(request: Request, resource: str) -> str:
    """The root of the site, without a slash at its end.

    Args:
        resource: the path below the root that the request asked for, such as `/api/events`; empty for the root itself.

    Raises:
        NotReady: neither the settings nor the gateway tell.
    """
    chosen = wiring.adapters().settings.base_url
    if chosen:
        return chosen
    context = request.context or {}
    domain, path = str(context.get("domainName", "")), str(context.get("path", "")).rstrip("/")
    if not domain or not path.endswith(resource):
        raise NotReady("Covey cannot tell its own address here; whoever deployed it sets COVEY_BASE_URL.", 3600)
    return f"https://{domain}{path.removesuffix(resource)}"
