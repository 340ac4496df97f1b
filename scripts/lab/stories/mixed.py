"""Stories of two faults at a time, of faults that the logs kept cannot tell, and of none."""
import json
import signal

import parts
from network import Network
from story import teller

STORIES = {}
story = teller(STORIES)


@story('filter-here-and-lost-names-there', title='Two shops, two faults, the same minutes',
       what='The router of one shop drops the payment port (ulogd writes it) while the name server of the other shop is frozen.',
       expert='WEST has drop lines of each failed connect; EAST fails in the lookup, its resolver is silent, and its till with the address works. Two causes, told apart by shop and phase.',
       packages=['ulogd2', 'nftables', 'dnsmasq-base', 'nginx-light', 'gunicorn'], more=', Go 1.26, httpx with structlog, Java 17')
def two_shops(w):
    n = Network(w, 'pay.shoes.example', gateway='shg', gateway_ip='203.0.113.160')
    n.names()
    parts.gunicorn(n.behind('sh1', 29))
    n.https('10.60.0.29:8000')
    r1, _ = n.site('west-rt', '10.57.1.', '100.91.1.2')
    r2, _ = n.site('east-rt', '10.57.2.', '100.91.2.2')
    for r in (r1,):
        parts.dnsmasq(r, '--no-resolv', f'--server={n.dns_ip}')
    east = parts.dnsmasq(r2, '--no-resolv', f'--server={n.dns_ip}')
    parts.ulogd(r1, log='firewall.log')
    w.sleep(2)
    n.till('java', 'west-1', 'SW1', r1, '10.57.1.', 11, 'WEST', 'Leder', resolver=['10.57.1.1'])
    n.till('go', 'west-2', 'SW2', r1, '10.57.1.', 12, 'WEST', 'Leder', resolver=['10.57.1.1'])
    n.till('python', 'east-1', 'SE1', r2, '10.57.2.', 11, 'EAST', 'Leder', resolver=['10.57.2.1'], options='timeout:2 attempts:2', LOG='structlog')
    n.till('go', 'east-2', 'SE2', r2, '10.57.2.', 12, 'EAST', 'Leder', host=n.gateway_ip)
    w.sleep(55)
    with w.fault('firewall_restriction', 'the router of WEST drops TCP 443', 'denied-on-site', only=['SW1', 'SW2'], phase='connect'), \
            w.fault('dns_resolution', 'the name server of EAST is frozen', 'resolver-silent', only=['SE1'], phase='dns'):
        r1.nft('table inet filter { chain forward { type filter hook forward priority 0; tcp dport 443 log prefix "BLOCK-OUT " group 1 drop; } }')
        parts.signal_all(east, signal.SIGSTOP)
        w.sleep(75)
        r1.nft('delete table inet filter')
        parts.signal_all(east, signal.SIGCONT)
    w.sleep(50)


@story('slow-database-and-lossy-line', title='A slow server for all, and a bad line for some',
       what='For two minutes the server answers one sale at a time, later than the tills wait; in the middle, one shop\'s line loses nearly everything besides.',
       expert='HILL and DALE both time out waiting while the server\'s durations climb (one by one, each 2.5 s later); in the middle DALE also fails to connect, its pings are lost, while HILL still connects: that part is DALE\'s line.',
       packages=['nginx-light', 'iputils-ping', 'bind9', 'ruby', 'php8.2-curl'], more=', Go 1.26')
def slow_and_lossy(w):
    n = Network(w, 'pay.farm.example', gateway='fmg', gateway_ip='203.0.113.161')
    n.names()
    app = n.behind('fm1', 30)
    parts.authd(app, HTTP_LISTEN='0.0.0.0:8000')
    n.https('10.60.0.30:8000', read=12)
    r1, _ = n.site('hill-rt', '10.58.1.', '100.92.1.2')
    r2, line = n.site('dale-rt', '10.58.2.', '100.92.2.2')
    for r in (r1, r2):
        parts.dnsmasq(r, '--no-resolv', f'--server={n.dns_ip}', '--min-cache-ttl=900')
        parts.probe(r, n.gateway_ip)
    w.sleep(2)
    n.till('ruby', 'hill-1', 'FH1', r1, '10.58.1.', 11, 'HILL', 'Agri', resolver=['10.58.1.1'])
    n.till('go', 'hill-2', 'FH2', r1, '10.58.1.', 12, 'HILL', 'Agri', resolver=['10.58.1.1'])
    n.till('php', 'dale-1', 'FD1', r2, '10.58.2.', 11, 'DALE', 'Agri', resolver=['10.58.2.1'])
    n.till('php', 'dale-2', 'FD2', r2, '10.58.2.', 12, 'DALE', 'Agri', resolver=['10.58.2.1'])
    w.sleep(50)
    bad = lambda a: a['phase'] in ('connect', 'tls', 'dns')
    with w.fault('server_failure', 'the server answers one at a time, 3 s each', 'one-worker-queue', when=lambda a: not bad(a), acceptable=[], drain=15):
        app.write('run/mode.json', json.dumps({'serial': True, 'delay_ms': 3000}))
        w.sleep(40)
        with w.fault('network_latency', 'the line of DALE loses 85 %', 'lossy-line', only=['FD1', 'FD2'], when=bad, drain=3):
            line.shape(loss=0.85)
            w.sleep(45)
            line.shape()
        w.sleep(30)
        app.write('run/mode.json', '{"delay_ms": 90}')
    w.sleep(50)


@story('only-the-tills-know', kind='undetermined', title='Connects vanish, and only the tills\' logs were kept',
       what='TCP to the gateway vanishes somewhere behind the shop\'s router. Router, gateway and server logs are not there.',
       expert='Three tills of two shops time out connecting in the same minute and nothing else is known: a filter, a provider, a dead gateway, a route. Not to be decided.',
       packages=['nginx-light', 'gunicorn', 'bind9', 'ruby', 'php8.2-curl'], more=', Go 1.26',
       keep=lambda host, name: host.startswith('desk'))
def only_the_tills(w):
    n = Network(w, 'pay.travel.example', gateway='trg', gateway_ip='203.0.113.162')
    n.names()
    parts.gunicorn(n.behind('tr1', 31))
    n.https('10.60.0.31:8000')
    r1, l1 = n.site('tr-rt1', '10.59.1.', '100.93.1.2')
    r2, l2 = n.site('tr-rt2', '10.59.2.', '100.93.2.2')
    w.sleep(2)
    n.till('ruby', 'desk-1', 'TR1', r1, '10.59.1.', 11, 'AIRPORT', 'Sky')
    n.till('php', 'desk-2', 'TR2', r1, '10.59.1.', 12, 'AIRPORT', 'Sky')
    n.till('go', 'desk-3', 'TR3', r2, '10.59.2.', 11, 'STATION', 'Rail', LOG='json')
    w.sleep(50)
    with w.fault('unknown', 'TCP to the gateway vanishes in the network', None, phase='connect', acceptable=['firewall_restriction', 'provider_policy', 'server_failure', 'network_misconfiguration', 'network_latency']):
        for l in (l1, l2):
            l.shape(drop='proto == 6 and up')
        w.sleep(60)
        for l in (l1, l2):
            l.shape()
    w.sleep(45)


@story('one-till-waits', kind='undetermined', title='One till waits for answers, and only its log was kept',
       what='Requests of one till leave and no answer comes; the rest of the world was not recorded.',
       expert='Connects and TLS work, then silence: a slow server, a path that loses large packets, a middlebox. One log does not decide.',
       packages=['nginx-light', 'bind9'], more=', axios 1.7.9, Go 1.26', keep=lambda host, name: host == 'hut-1')
def one_till_waits(w):
    n = Network(w, 'pay.hut.example', gateway='htg', gateway_ip='203.0.113.163')
    n.names()
    app = n.behind('hu1', 32)
    parts.authd(app, HTTP_LISTEN='0.0.0.0:8000')
    n.https('10.60.0.32:8000', read=20)
    w.gateway_logs.clear()
    r1, _ = n.site('hu-rt', '10.63.1.', '100.94.1.2')
    w.sleep(2)
    n.till('node', 'hut-1', 'HU1', r1, '10.63.1.', 11, 'HUT', 'Alp')
    w.sleep(50)
    with w.fault('unknown', 'the server answers after 9 s', None, phase='response', acceptable=['server_failure', 'network_latency', 'firewall_restriction', 'software_misconfiguration', 'application_conflict', 'provider_policy', 'tcpip_stack']):
        app.write('run/mode.json', '{"delay_ms": 9000}')
        w.sleep(60)
        app.write('run/mode.json', '{"delay_ms": 90}')
    w.sleep(45)


@story('refused-slow-and-unwell', kind='control', title='Refused, slow, and answered with errors: no timeout',
       what='A server is stopped for a while (connection refused, 502 at the gateway), then slow within all limits, then nginx answers 503 at once.',
       expert='Nothing ran out of time; failures came at once.',
       packages=['nginx-light', 'gunicorn', 'bind9', 'ruby', 'php8.2-curl'], more=', Go 1.26, axios 1.7.9')
def refused_slow(w):
    n = Network(w, 'pay.chess.example', gateway='chg', gateway_ip='203.0.113.164')
    n.names()
    app = n.behind('cs1', 33)
    server = parts.authd(app, HTTP_LISTEN='0.0.0.0:8000')
    front = n.https('10.60.0.33:8000')
    r1, _ = n.site('ch-rt', '10.64.1.', '100.95.1.2')
    w.sleep(2)
    n.till('ruby', 'rook-1', 'CH1', r1, '10.64.1.', 11, 'CLUB', 'Board', CONNECT_SECS=10, RESPONSE_SECS=14)
    n.till('php', 'rook-2', 'CH2', r1, '10.64.1.', 12, 'CLUB', 'Board', CONNECT_SECS=10, RESPONSE_SECS=14)
    n.till('go', 'rook-3', 'CH3', r1, '10.64.1.', 13, 'CLUB', 'Board', CONNECT_SECS=10, RESPONSE_SECS=14)
    n.till('node', 'rook-4', 'CH4', r1, '10.64.1.', 14, 'CLUB', 'Board', CONNECT_SECS=10, RESPONSE_SECS=14)
    w.sleep(45)
    parts.signal_all(server, signal.SIGTERM)
    w.sleep(35)
    parts.authd(app, HTTP_LISTEN='0.0.0.0:8000')
    w.sleep(20)
    app.write('run/mode.json', '{"delay_ms": 2200}')
    w.sleep(45)
    app.write('run/mode.json', '{"delay_ms": 90}')
    w.sleep(15)
    parts.signal_all(front, signal.SIGTERM)
    w.sleep(20)
    n.https('10.60.0.33:8000')
    w.sleep(35)


@story('quiet-sessions-by-design', kind='control', title='Kept connections that the server closes when quiet',
       what='Tills keep connections; nginx closes them after four quiet seconds by design (keepalive_timeout) and they open new ones. Lookups of a mistyped name fail at once on another device.',
       expert='Connections end and begin anew by design, in milliseconds; NXDOMAIN came at once; nothing timed out.',
       packages=['nginx-light', 'bind9'], more=', Go 1.26, axios 1.7.9')
def quiet_by_design(w):
    n = Network(w, 'pay.yoga.example', gateway='ygg', gateway_ip='203.0.113.165')
    n.names()
    parts.authd(n.behind('yo1', 34), HTTP_LISTEN='0.0.0.0:8000')
    n.https('10.60.0.34:8000', http='keepalive_timeout 4s;')
    r1, _ = n.site('yo-rt', '10.65.1.', '100.96.1.2')
    w.sleep(2)
    n.till('go', 'mat-1', 'YO1', r1, '10.65.1.', 11, 'LOFT', 'Om', KEEP=1, EVERY_SECS=6)
    n.till('go', 'mat-2', 'YO2', r1, '10.65.1.', 12, 'LOFT', 'Om', KEEP=1, EVERY_SECS=3)
    n.till('go', 'mat-3', 'YO3', r1, '10.65.1.', 13, 'LOFT', 'Om', host='pya.yoga.example', LOG='json', EVERY_SECS=8)
    w.sleep(150)
