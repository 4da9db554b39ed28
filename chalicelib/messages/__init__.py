"""The words of pages and letters, in every language there is; imports nothing else of ours."""
