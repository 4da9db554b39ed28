"""The bottom room: records and rules that know nothing of web, cloud, mail or arrays."""
