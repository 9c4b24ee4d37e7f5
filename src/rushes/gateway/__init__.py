"""The gateway: an HTTP service that holds the services' keys for a team (extra `rushes[gateway]`).

Notebooks hold only a token for it, and use it with the backend `gateway`. `rushes serve` runs it.

What happens where:

    register    tokens, secrets, and the numbered endings of jobs: what the journal does not have
    callers     who calls: a person in an application, with what the token allows
    serving     which services run which providers, and how providers are announced
    inputs      what a request may name: public links, data URIs and files uploaded before
    operations  submits, lists and cancels the jobs of one caller: the only way to the engine
    replies     jobs as their owners see them
    news        passes on what happens to jobs, each to its own person
    links       signed links to videos
    wire        the JSON of requests and replies
    faults      errors as replies
    runtime     everything that one process has open
    app         the routes together; `server` runs them
"""
