"""More stories with other software: two faults at two shops, a host that stands still, none, and one that the logs kept cannot tell."""
import json
import signal

import parts
import readers
import software
from network import Network
from story import teller
from stories.settings import restart

STORIES = {}
story = teller(STORIES)
MORE = ', Node.js 20 with pino 9.5'


@story('an-upload-here-and-a-proxy-there', title='An upload fills one shop\'s line while another\'s tills are sent to a proxy that is gone',
       what='One shop\'s recorder uploads its films with rclone over a thin line. In the same minutes two tills of another shop start with a proxy in their settings that was taken out of service long ago.',
       expert='FOAM: rclone\'s transfers cover the failures, durations of what succeeds rise, the name server answers late. REED: start lines with a proxy, from then on every connect to it runs out, the till without it is fine. Two causes at two places.',
       unlisted=('isp', 'gateway'), packages=['rclone', 'haproxy', 'pdns-recursor', 'nsd', 'libwww-perl'], more=', aiohttp 3.11, got 14.4 with bunyan 1.8' + MORE)
def upload_and_proxy(w):
    n = Network(w, 'buy.surf.example', gateway='hx-7', gateway_ip='192.0.2.166', dns_ip='198.18.60.3', inner='10.77.1.')
    software.nsd(n)
    software.node_host(n.behind('sfh', 80), HTTP_PORT=8280)
    software.pki(n)
    n.gw.run('haproxy', '-db', '-f', n.gw.write('etc/haproxy.cfg', """global
 log stdout format raw local0
defaults
 log global
 mode http
 timeout connect 3s
 timeout client 20s
 timeout server 8s
frontend tills
 bind :443 ssl crt /srv/etc/both.pem
 capture request header X-Terminal len 12
 log-format '{"at":"%tr","peer":"%ci:%cp","server":"%b/%s","queue":%Tw,"connect":%Tc,"answer":%Tr,"active":%Ta,"status":%ST,"bytes":%B,"state":"%ts","terminal":"%[capture.req.hdr(0)]"}'
 default_backend sale
backend sale
 server sfh 10.77.1.80:8280
"""), log='haproxy.json')
    store = w.host('vault')
    w.cable(n.core, 'to-vault', '198.18.61.1/24', store, 'eth0', '198.18.61.9/24')
    store.ip('route', 'add', 'default', 'via', '198.18.61.1')
    store.do('mkdir', '-p', '/srv/films')
    store.run('rclone', 'serve', 'webdav', '/srv/films', '--addr', ':8090', '--config', '/srv/run/none')
    n.core.ip('route', 'add', 'blackhole', '203.0.113.230/32')
    r1, line = n.site('foam-rt', '10.208.1.', '100.107.1.2')
    r2, _ = n.site('reed-rt', '10.208.2.', '100.107.2.2')
    line.shape(rate_bytes=30000, queue_bytes=330000)
    for r, lan in ((r1, '10.208.1.'), (r2, '10.208.2.')):
        software.recursor(r, f'{lan}1', n.dns_ip, '--minimum-ttl-override=900', '--max-cache-ttl=900', '--packetcache-ttl=900')
    w.sleep(2)
    n.till('aio', 'foam-1', 'SU-01', r1, '10.208.1.', 11, 'FOAM', 'Tidenet', resolver=['10.208.1.1'], RESPONSE_SECS=8, CONNECT_SECS=6)
    n.till('perl', 'foam-2', 'SU-02', r1, '10.208.1.', 12, 'FOAM', 'Tidenet', resolver=['10.208.1.1'], RESPONSE_SECS=8)
    a = n.till('got', 'reed-1', 'SU-11', r2, '10.208.2.', 11, 'REED', 'Tidenet', resolver=['10.208.2.1'], CONNECT_SECS=6, RESPONSE_SECS=10)
    b = n.till('aio', 'reed-2', 'SU-12', r2, '10.208.2.', 12, 'REED', 'Tidenet', resolver=['10.208.2.1'], CONNECT_SECS=6, RESPONSE_SECS=10)
    n.till('got', 'reed-3', 'SU-13', r2, '10.208.2.', 13, 'REED', 'Tidenet', resolver=['10.208.2.1'], CONNECT_SECS=6, RESPONSE_SECS=10)
    nvr = w.host('recorder')
    w.plug(nvr, '10.208.1.60/24', r1, '10.208.1.1')
    nvr.do('sh', '-c', 'mkdir -p /srv/rec; for i in 1 2 3 4 5 6 7 8; do head -c 700000 /dev/urandom > /srv/rec/day-$i.mp4; done')
    w.sleep(42)
    pay = f'{n.pay}:443'
    with w.fault('application_conflict', 'rclone uploads eight films at a time over a line of 30 KB/s', 'bulk-transfer', only=['SU-01', 'SU-02'], acceptable=['network_latency'], drain=60), \
            w.fault('software_misconfiguration', 'SU-11 and SU-12 start with a proxy that is no more', 'wrong-endpoint', only=['SU-11', 'SU-12'], acceptable=['network_misconfiguration'], phase='connect'):
        job = nvr.run('rclone', 'copy', '/srv/rec', ':webdav:', '--webdav-url', 'http://198.18.61.9:8090', '--transfers', '8', '--config', '/srv/run/none', '--log-file', '/srv/log/rclone.log', '--log-level', 'INFO', '--stats', '10s', '--retries', '1')
        w.sleep(12)
        restart(w, n, a, 'got', 'SU-11', pay=pay, CONNECT_SECS=6, RESPONSE_SECS=10, PROXY='http://203.0.113.230:3128')
        restart(w, n, b, 'aio', 'SU-12', pay=pay, CONNECT_SECS=6, RESPONSE_SECS=10, PROXY='http://203.0.113.230:3128')
        w.sleep(52)
        restart(w, n, a, 'got', 'SU-11', pay=pay, CONNECT_SECS=6, RESPONSE_SECS=10)
        restart(w, n, b, 'aio', 'SU-12', pay=pay, CONNECT_SECS=6, RESPONSE_SECS=10)
        w.sleep(8)
        parts.signal_all(job, signal.SIGKILL)
    w.sleep(34)


@story('host-stands-still-for-its-report', title='The host stands still while it makes a report',
       what='The authorisation host is one Node.js process. For a minute and a quarter it computes reports of fourteen seconds in its only thread and answers between them. nghttpx ends TLS in front of it.',
       expert='The host\'s own log: "report started", nothing, "event loop was blocked" of fourteen seconds, a burst; nghttpx answers 504 after its limit; tills of both shops connect at once and wait: the process, not the network.',
       packages=['nghttp2-proxy', 'nsd', 'libwww-perl'], more=', resty 2.16 with zap 1.27, got 14.4' + MORE)
def host_stands_still(w):
    n = Network(w, 'go.bikes.example', gateway='ngx-h2', gateway_ip='198.51.100.201', dns_ip='203.0.113.60', inner='10.31.31.')
    software.nsd(n)
    host = n.behind('authbk', 44, zone='America/Toronto')
    software.node_host(host, HTTP_PORT=8380)
    software.nghttpx(n, '10.31.31.44:8380', answer=11)
    w.gateway_logs.append((readers.nghttpx, 'ngx-h2', 'nghttpx-access.log', ('10.31.31.44', 8380)))
    r1, _ = n.site('hub-rt', '10.211.1.', '100.108.1.2', zone='America/Toronto')
    r2, _ = n.site('rim-rt', '10.211.2.', '100.108.2.2', zone='America/Toronto')
    w.sleep(2)
    n.till('perl', 'hub-1', '9100417', r1, '10.211.1.', 15, 'HUB', 'Maple', RESPONSE_SECS=8, CONNECT_SECS=6)
    n.till('resty', 'hub-2', '9100418', r1, '10.211.1.', 16, 'HUB', 'Maple', RESPONSE_SECS=8, CONNECT_SECS=6)
    n.till('got', 'rim-1', '9100521', r2, '10.211.2.', 15, 'RIM', 'Loon', RESPONSE_SECS=16, CONNECT_SECS=6)
    n.till('resty', 'rim-2', '9100522', r2, '10.211.2.', 16, 'RIM', 'Loon', RESPONSE_SECS=7, CONNECT_SECS=6)
    w.sleep(42)
    with w.fault('server_failure', 'the host computes reports of fourteen seconds in its only thread', 'process-paused', acceptable=['application_conflict'], drain=15):
        host.write('run/mode.json', json.dumps({'block_ms': 14000}))
        w.sleep(62)
        host.write('run/mode.json', '{}')
    w.sleep(34)


@story('errors-at-once-and-a-late-yes', kind='control', title='Refusals, an old certificate and late approvals: no timeout',
       what='A host is stopped for a while (Caddy answers 502), another certificate is shown for a while (tills refuse it), and for a while answers take two seconds within all limits.',
       expert='Every failure came at once and said what it was; the late ones were approved: nothing ran out of time.',
       unlisted=('terminal_id',), packages=['caddy', 'nsd', 'libwww-perl'], more=', resty 2.16 with zap 1.27, Apache HttpClient 5.4, got 14.4' + MORE)
def errors_at_once(w):
    n = Network(w, 'pay.choir.example', gateway='cdy6', gateway_ip='203.0.113.29', dns_ip='192.0.2.85', inner='10.12.90.')
    software.nsd(n)
    app = n.behind('au-ch', 18)
    server = software.node_host(app, HTTP_PORT=8480)
    front = software.caddy(n, '10.12.90.18:8480', dial='20s', answer='40s')
    other = w.dir + '/cdy6/etc/'
    parts.subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=old.choir.example', '-keyout', other + 'old.key', '-out', other + 'old.pem'], check=True, capture_output=True)
    r1, _ = n.site('alto-rt', '10.214.1.', '100.109.1.2')
    w.sleep(2)
    long = dict(CONNECT_SECS=25, RESPONSE_SECS=40)
    n.till('perl', 'alto-1', 'CR-1', r1, '10.214.1.', 11, 'ALTO', 'Hymn', **long)
    n.till('got', 'alto-2', 'CR-2', r1, '10.214.1.', 12, 'ALTO', 'Hymn', **long)
    n.till('java5', 'alto-3', 'CR-3', r1, '10.214.1.', 13, 'ALTO', 'Hymn', **long)
    n.till('resty', 'alto-4', 'CR-4', r1, '10.214.1.', 14, 'ALTO', 'Hymn', **long)
    w.sleep(45)
    parts.signal_all(server, signal.SIGTERM)
    w.sleep(30)
    software.node_host(app, HTTP_PORT=8480)
    w.sleep(20)
    app.write('run/mode.json', '{"delay_ms": 2100}')
    w.sleep(40)
    app.write('run/mode.json', '{}')
    w.sleep(12)
    parts.signal_all(front, signal.SIGTERM)
    w.sleep(2)
    front = software.caddy(n, '10.12.90.18:8480', dial='20s', answer='40s', cert='/srv/etc/old.pem /srv/etc/old.key')
    w.sleep(25)
    parts.signal_all(front, signal.SIGTERM)
    w.sleep(2)
    software.caddy(n, '10.12.90.18:8480', dial='20s', answer='40s')
    w.sleep(35)


@story('two-registers-and-a-name-server', kind='undetermined', title='Connects vanish; registers and a quiet name server are all that was kept',
       what='TCP to the gateway vanishes somewhere behind the shop. Only the tills\' logs and the recursor\'s were kept; no list of terminals.',
       expert='Names resolve, connects of three tills in two shops run out in the same minute, and no log says where: a filter, a carrier, a dead gateway, a route. Not to be decided.',
       unlisted=('terminal_id',), packages=['caddy', 'pdns-recursor', 'nsd'], more=', resty 2.16 with zap 1.27, aiohttp 3.11, got 14.4' + MORE,
       keep=lambda host, name: host.startswith(('oak-', 'elm-')) and host != 'elm-rt')
def two_registers(w):
    n = Network(w, 'c2.forest.example', gateway='cdy8', gateway_ip='198.51.100.66', dns_ip='203.0.113.140', inner='10.4.20.')
    software.nsd(n)
    software.node_host(n.behind('fo1', 7), HTTP_PORT=8580)
    software.caddy(n, '10.4.20.7:8580')
    r1, l1 = n.site('oak-rt', '10.216.1.', '100.110.1.2')
    r2, l2 = n.site('elm-rt', '10.216.2.', '100.110.2.2')
    software.recursor(r1, '10.216.1.1', n.dns_ip)
    w.sleep(2)
    n.till('resty', 'oak-1', 'FO-71', r1, '10.216.1.', 11, 'OAK', 'Bark', resolver=['10.216.1.1'], RESPONSE_SECS=12, CONNECT_SECS=6)
    n.till('aio', 'oak-2', 'FO-72', r1, '10.216.1.', 12, 'OAK', 'Bark', resolver=['10.216.1.1'], RESPONSE_SECS=10, CONNECT_SECS=6)
    n.till('got', 'elm-1', 'FO-81', r2, '10.216.2.', 11, 'ELM', 'Leaf', RESPONSE_SECS=10, CONNECT_SECS=6)
    w.sleep(34)
    with w.fault('unknown', 'TCP to the gateway vanishes in the network', None, phase='connect', acceptable=['firewall_restriction', 'provider_policy', 'server_failure', 'network_misconfiguration', 'network_latency', 'hardware_fault']):
        for l in (l1, l2):
            l.shape(drop='proto == 6 and up')
        w.sleep(60)
        for l in (l1, l2):
            l.shape()
    w.sleep(45)
