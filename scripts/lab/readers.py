"""Timeouts that a gateway suffered, read from what it logged itself. Each gives attempts like those of the tills."""
import datetime as dt
import json
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


def caddy(text, upstream):
    """Caddy's error records (JSON): what it dialled or waited for, and for how long."""
    for line in text.splitlines():
        try:
            r = json.loads(line)
        except ValueError:
            continue
        said = r.get('msg', '')
        if r.get('logger', '').startswith('http.log.error') and 'timeout' in said:
            terminal = r.get('request', {}).get('headers', {}).get('X-Terminal', [None])[0]
            yield attempt(r['ts'] - r['duration'], r['ts'], 'connect' if 'dial' in said else 'response', *upstream, terminal=terminal)


def nghttpx(text, upstream):
    """Answers 504 in nghttpx's access log, whose times are those of the requests."""
    for m in re.finditer(r'^(\S+) \[(\S+)\] "[^"]*" 504 \d+ rt=([\d.]+) up=\S+ term=(\S+)', text, re.M):
        start = dt.datetime.fromisoformat(m[2].replace('Z', '+00:00')).timestamp()
        yield attempt(start, start + float(m[3]), 'response', *upstream, terminal=m[4])


def varnish(text, upstream, connect=2.5):
    """Groups of varnishlog with a FetchError: the backend request's own times."""
    for block in re.split(r'\n\n+', text):
        back = re.search(r'\*\* +<< BeReq.*', block, re.S)
        began = back and re.search(r'Timestamp +Start: ([\d.]+)', back[0])
        ended = back and re.search(r'Timestamp +(?:Error|Beresp): ([\d.]+)', back[0])
        if began and ended and float(ended[1]) - float(began[1]) >= connect - 0.1:
            terminal = re.search(r'(?i)X-Terminal: (\S+)', block)
            yield attempt(float(began[1]), float(ended[1]), 'connect' if re.search(r'FetchError +.*(?:no backend connection|backend connection|Connect)', block) else 'response', *upstream, terminal=terminal and terminal[1])
