"""The door for browsers and programs. It has no rules: it reads, asks the rooms below, and shows.

`words` is what people read, `http` everything about serving that is not a page, `api` what programs
call, `public` the pages for anyone, `staff` those behind a sign-in, `disclosure` the server of
sealed disclosure. `app` puts a node's addresses together; `witness` serves a witness.
"""
