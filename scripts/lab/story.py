"""What a file of stories starts with."""


def teller(stories):
    """A decorator that puts a story into `stories`. kind: fault, control, undetermined; keep(host, file): which logs are left, all if not given."""
    def story(name, kind='fault', keep=None, more='', **about):
        def put(run):
            stories[name] = dict(kind=kind, run=run, keep=keep, more=more, **about)
            return run
        return put
    return story
