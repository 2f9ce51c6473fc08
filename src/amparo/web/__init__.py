"""The door for browsers and programs. It holds no rule: it reads, asks the rooms below, and shows.

`app` puts it together, `serving` what all requests share, `api` the EU database's interface,
`log` the tiles, `public` the pages, `pages` how a page is made, `openapi` the interface described,
`limits` and `guard` against slow and oversized requests. What strangers' files hold is read in
worker processes: `workers` begins and ends them, `confined` is their inside, `reading` their jobs.
"""
