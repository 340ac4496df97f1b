"""Timeouts that a gateway suffered, read from what it logged itself. Each gives attempts like those of the tills."""
import datetime as dt
import re

UTC = dt.timezone.utc


def attempt(start, end, phase, ip, port, host=None, terminal=None, terminal_ip=None):
    return dict(start=start, end=end, suffered_by='gateway', terminal_id=terminal, terminal_ip=terminal_ip, phase=phase, outcome='timeout', server=dict(host=host, ip=ip, port=port))


def nginx_error(text, connect=3.0, read=6.0, tills=()):
    """Upstreams that did not answer within `connect` or `read` seconds."""
    by_ip = dict(tills)
    for m in re.finditer(r'^(\S+ \S+) \[\w+\] .*?upstream timed out \(110: [^)]*\) while ([\w ]+), client: ([\d.]+),.*?upstream: "(?:\w+://)?([\d.]+):(\d+)', text, re.M):
        end = dt.datetime.strptime(m[1], '%Y/%m/%d %H:%M:%S').replace(tzinfo=UTC).timestamp()
        connecting = 'connecting' in m[2]
        phase = 'tls' if 'SSL' in m[2] else 'connect' if connecting else 'response'
        yield attempt(end - (connect if connecting else read), end, phase, m[4], int(m[5]), terminal=by_ip.get(m[3]), terminal_ip=m[3] if m[3] in by_ip else None)


def nginx_client(text, ip, header=60.0):
    """Tills that stopped in the middle of a TLS handshake or of a request: the gateway's own wait for them ran out."""
    for m in re.finditer(r'^(\S+ \S+) \[\w+\] .*?client timed out \(110: [^)]*\) while ([\w ]+), client: [\d.]+, server: \S+?:(\d+)', text, re.M):
        end = dt.datetime.strptime(m[1], '%Y/%m/%d %H:%M:%S').replace(tzinfo=UTC).timestamp()
        yield attempt(end - header, end, 'tls' if 'SSL' in m[2] else 'response', ip, int(m[3]))


def haproxy(text, servers, header=0):
    """`servers`: name -> (ip, port). Termination state s*: the server's side ran out; c*: the terminal's. `header`: the captured one that names the terminal."""
    for m in re.finditer(r'[\d.]+:\d+ \[([^\]]+)\] \S+ [\w-]+/(\S+) (-?\d+/[-\d/+]+) (?:-?\d+ )?\+?\d+(?: - -)? ([a-zA-Z-]{2,4}) [\d/+]+ \d+/\d+(?: \{([^}|]*)[^}]*\})?', text):
        begin = dt.datetime.strptime(m[1], '%d/%b/%Y:%H:%M:%S.%f').replace(tzinfo=UTC).timestamp()
        total = int(m[3].split('/')[-1].lstrip('+')) / 1000
        state = m[4]
        if state[0] == 's' and m[2] in servers:
            ip, port = servers[m[2]]
            yield attempt(begin, begin + total, {'C': 'connect'}.get(state[1], 'response'), ip, port, terminal=m[5] or None)


def apache_error(text, upstream, connect=3.0, read=6.0):
    """mod_proxy: AH00957/(110) while connecting, AH01102 with (70007) while waiting."""
    for m in re.finditer(r'^\[\w{3} (\w{3} \d+ [\d:.]+ \d{4})\] .*?\((110|70007)\)[^:]*: .*?(AH00957|AH01102)', text, re.M):
        end = dt.datetime.strptime(m[1], '%b %d %H:%M:%S.%f %Y').replace(tzinfo=UTC).timestamp()
        connecting = m[3] == 'AH00957'
        yield attempt(end - (connect if connecting else read), end, 'connect' if connecting else 'response', *upstream)


def stunnel(text, connect_secs, target):
    """stunnel: TIMEOUTconnect exceeded."""
    for m in re.finditer(r'^(\d{4}\.\d\d\.\d\d \d\d:\d\d:\d\d) .*TIMEOUTconnect exceeded', text, re.M):
        end = dt.datetime.strptime(m[1], '%Y.%m.%d %H:%M:%S').replace(tzinfo=UTC).timestamp()
        yield attempt(end - connect_secs, end, 'connect', *target)
