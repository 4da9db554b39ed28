"""The acts of Covey, one verb a file: each gathers what it needs, decides by the rules of the domain, and applies."""
