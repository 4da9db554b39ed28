"""Covey, room by room: imports run from web and flow down to domain, never up."""
