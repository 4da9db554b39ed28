"""The letters' room: facts in, a finished mail or calendar file out; the only home of jinja2 and icalendar."""
