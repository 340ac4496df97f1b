"""Stories with other software than the rest: other gateways, proxies, tills, name servers and loggers."""
import json
import signal

import parts
import readers
import software
from network import Network
from story import teller

STORIES = {}
story = teller(STORIES)
MORE = ', Node.js 20 with pino 9.5'


@story('card-of-the-gateway-flaps', title='The gateway\'s inner network card loses its link again and again',
       what='Caddy hands sales on to a host behind the gateway\'s second card, whose link goes down for sixteen seconds and comes back for four, over and over. netplugd on the gateway says so through rsyslog.',
       expert='netplugd logs flags of the card without and with RUNNING all through these minutes; Caddy\'s "dial tcp … i/o timeout" fall into the down times, for both shops; tills reach the gateway at once and wait: a link behind the gateway.',
       unlisted=('isp',), packages=['caddy', 'netplug', 'rsyslog', 'nsd', 'libwww-perl', 'liblog-log4perl-perl'], more=', resty 2.16 with zap 1.27, got 14.4 with bunyan 1.8' + MORE)
def card_flaps(w):
    n = Network(w, 'pos.lumber.example', gateway='cdy1', gateway_ip='198.51.100.21', dns_ip='192.0.2.7', inner='10.140.7.')
    software.nsd(n)
    software.node_host(n.behind('auth-l', 20), HTTP_PORT=9080)
    software.rsyslog(n.gw, template='RSYSLOG_FileFormat')
    software.netplugd(n.gw, n.inner_ports['auth-l'])
    mac = json.loads(w.hosts['auth-l'].ip('-j', 'link', 'show', 'eth0'))[0]['address']
    n.gw.ip('neigh', 'replace', '10.140.7.20', 'lladdr', mac, 'nud', 'permanent', 'dev', 'eth1')
    software.caddy(n, '10.140.7.20:9080', dial='9s', answer='12s')
    w.gateway_logs.append((readers.caddy, 'cdy1', 'caddy.log', ('10.140.7.20', 9080)))
    r1, _ = n.site('ply-rt', '10.171.3.', '100.102.1.2')
    r2, _ = n.site('saw-rt', '10.171.5.', '100.102.2.2')
    w.sleep(2)
    n.till('perl', 'ply-1', 'AX-771', r1, '10.171.3.', 21, 'PLY', 'Uplandnet', RESPONSE_SECS=7)
    n.till('resty', 'ply-2', 'AX-772', r1, '10.171.3.', 22, 'PLY', 'Uplandnet', RESPONSE_SECS=7.5, CONNECT_SECS=6)
    n.till('got', 'saw-1', 'AX-781', r2, '10.171.5.', 21, 'SAW', 'Uplandnet', RESPONSE_SECS=16, CONNECT_SECS=6)
    n.till('resty', 'saw-2', 'AX-782', r2, '10.171.5.', 22, 'SAW', 'Uplandnet', RESPONSE_SECS=7, CONNECT_SECS=6)
    w.sleep(42)
    with w.fault('hardware_fault', 'the link of the gateway\'s inner card is down 16 s and up 4 s, four times', 'link-flap', acceptable=['server_failure'], drain=2):
        for _ in range(4):
            w.hosts['auth-l'].ip('link', 'set', 'eth0', 'down')
            w.sleep(16)
            w.hosts['auth-l'].ip('link', 'set', 'eth0', 'up')
            w.hosts['auth-l'].ip('route', 'add', 'default', 'via', '10.140.7.1')
            w.sleep(4)
    w.sleep(45)


@story('two-routers-lead', title='Two routers of a shop both believe they lead',
       what='keepalived keeps a shared address for two routers of a shop. After a maintenance the second one has another group number, no longer hears the first and takes the address too; its own uplink carries nothing.',
       expert='keepalived of fr-b enters MASTER state while fr-a never leaves it; from then on the tills behind the shared address fail (name or connect), their neighbours in the other shop do not; it ends when fr-b goes back to BACKUP.',
       packages=['keepalived', 'lighttpd', 'busybox', 'curl', 'nsd'], more=', aiohttp 3.11 with python-json-logger' + MORE)
def two_routers(w):
    n = Network(w, 'kasse.dairy.example', gateway='lgt2', gateway_ip='192.0.2.77', dns_ip='198.18.44.5', inner='10.66.12.')
    software.nsd(n)
    software.node_host(n.behind('hub3', 9), HTTP_PORT=7070)
    software.lighttpd(n, '10.66.12.9:7070', plain=8088)
    r1, _ = n.site('fr-a', '10.181.9.', '100.103.4.2', device='dsl0', zone='Europe/Vienna')
    r2, _ = n.site('hof-rt', '10.181.10.', '100.103.5.2', device='dsl0', zone='Europe/Vienna')
    spare = w.host('fr-b', 'Europe/Vienna')
    w.plug(spare, '10.181.9.2/24', r1)
    dead = w.line(spare, 'lte0', '100.103.6.2', n.core, 'c9', '100.103.6.1')
    dead.shape(loss=1)
    spare.ip('route', 'add', 'default', 'via', '100.103.6.1')
    spare.forwards('lte0')
    software.keepalived(r1, 'br-lan', 51, 150, '10.181.9.254', 'MASTER')
    second = software.keepalived(spare, 'eth0', 51, 100, '10.181.9.254', 'BACKUP')
    w.sleep(6)
    for kind, name, tid, last, port, host in (('ash', 'fr-kassa1', 'MO-4401', 31, 8088, n.gateway_ip), ('ash', 'fr-kassa2', 'MO-4402', 32, 8088, n.gateway_ip), ('aio', 'fr-kassa3', 'MO-4403', 33, 443, None)):
        start = n.till(kind, name, tid, r1, '10.181.9.', last, 'FRITZ', 'Alpnet', port=port, host=host, options='timeout:4 attempts:1', later=True, CONNECT_SECS=6, RESPONSE_SECS=10, **({'SCHEME': 'http'} if port == 8088 else {}))
        w.hosts[name].ip('route', 'replace', 'default', 'via', '10.181.9.254')
        start()
    n.till('ash', 'hof-kassa1', 'MO-4501', r2, '10.181.10.', 31, 'HOF', 'Alpnet', port=8088, SCHEME='http', CONNECT_SECS=6, RESPONSE_SECS=10)
    w.sleep(42)
    with w.fault('network_misconfiguration', 'the second router has another VRRP group and takes the shared address as well', 'address-conflict', only=['MO-4401', 'MO-4402', 'MO-4403'],
                 phase=lambda a: 'connect' if a['phase'] == 'response' else a['phase'], drain=2):
        parts.signal_all(second, signal.SIGTERM)
        w.sleep(2)
        second = software.keepalived(spare, 'eth0', 15, 100, '10.181.9.254', 'BACKUP', refresh=4)
        w.sleep(60)
        parts.signal_all(second, signal.SIGTERM)
        w.sleep(2)
        software.keepalived(spare, 'eth0', 51, 100, '10.181.9.254', 'BACKUP')
        for name in ('fr-kassa1', 'fr-kassa2', 'fr-kassa3'):
            w.hosts[name].ip('neigh', 'flush', 'all')
    w.sleep(34)


@story('proxy-out-of-descriptors', title='A shop\'s Squid runs out of descriptors',
       what='The tills of a shop pay through Squid on a small box. An information screen opens tunnels through it and keeps them all; Squid may have 72 descriptors open and stops to accept.',
       expert='cache.log says "WARNING! Your cache is running out of filedescriptors" just before the first failure; tills connect to the proxy at once and get no answer to CONNECT; the shop without a proxy is fine; it ends when the screen lets go.',
       unlisted=('isp',), packages=['squid', 'caddy', 'nsd', 'socat'], more=', got 14.4 with bunyan 1.8, Apache HttpClient 5.4 with Logback 1.5, aiohttp 3.11' + MORE)
def proxy_out(w):
    n = Network(w, 'tx.bazaar.example', gateway='cd-two', gateway_ip='203.0.113.214', dns_ip='192.0.2.19', inner='172.29.3.')
    software.nsd(n)
    software.node_host(n.behind('authsrv', 14), HTTP_PORT=8180)
    software.caddy(n, '172.29.3.14:8180', style='console')
    r1, _ = n.site('baz-cpe', '10.193.4.', '100.104.1.2', device='eth9')
    r2, _ = n.site('souk-cpe', '10.193.6.', '100.104.2.2', device='eth9')
    box = w.host('px-baz')
    w.plug(box, '10.193.4.8/24', r1, '10.193.4.1')
    software.squid(box, 3128, n.dns_ip, 72)
    w.sleep(3)
    proxy = dict(PROXY='http://10.193.4.8:3128', CONNECT_SECS=6)
    n.till('got', 'baz-k1', '300511', r1, '10.193.4.', 51, 'BAZAAR', 'Tele9', **proxy)
    n.till('java5', 'baz-k2', '300512', r1, '10.193.4.', 52, 'BAZAAR', 'Tele9', RESPONSE_SECS=6, **proxy)
    n.till('aio', 'baz-k3', '300513', r1, '10.193.4.', 53, 'BAZAAR', 'Tele9', **proxy)
    n.till('got', 'souk-k1', '300611', r2, '10.193.6.', 51, 'SOUK', 'Tele9')
    screen = w.host('screen')
    w.plug(screen, '10.193.4.90/24', r1, '10.193.4.1')
    w.sleep(42)
    with w.fault('tcpip_stack', 'a screen keeps 60 tunnels through a Squid of 72 descriptors', 'descriptors-exhausted', only=['300511', '300512', '300513'], acceptable=['application_conflict', 'server_failure'], phase='response', drain=4):
        hold = [screen.run('sh', '-c', f'(printf "CONNECT {n.gateway_ip}:443 HTTP/1.1\\r\\nHost: {n.gateway_ip}\\r\\n\\r\\n"; sleep 400) | socat - TCP:10.193.4.8:3128 >/dev/null') for _ in range(60)]
        w.sleep(62)
        for p in hold:
            parts.signal_all(p, signal.SIGTERM)
    w.sleep(34)


@story('plan-used-up', title='A carrier cuts off a shop whose data plan is used up',
       what='The carrier\'s router counts a shop\'s volume and, above its quota, drops everything but name lookups; it notes drops (ulogd OPRINT) now and then. The other shop of the same chain has another carrier. No list of the terminals was kept.',
       expert='All tills of one shop fail to connect from one second on while its lookups work; the carrier\'s own log has "plan-exhausted" drops of the shop\'s address; HAProxy at the gateway sees nothing of this shop meanwhile and serves the other.',
       unlisted=('terminal_id',), packages=['nftables', 'ulogd2', 'haproxy', 'rsyslog', 'knot'], more=', Perl sockets with Sys::Syslog, resty 2.16 with zap 1.27' + MORE)
def plan_used_up(w):
    n = Network(w, 'sw.ranch.example', gateway='hx-4', gateway_ip='198.51.100.147', dns_ip='203.0.113.9', inner='10.9.77.')
    software.nsd(n)
    software.node_host(n.behind('swh', 61), TCP_PORT=5151, HTTP_PORT=8151)
    software.rsyslog(n.gw, name='haproxy.log', template='RSYSLOG_SyslogProtocol23Format')
    software.pki(n)
    n.gw.run('haproxy', '-db', '-f', n.gw.write('etc/haproxy.cfg', """global
 log /dev/log local1
defaults
 log global
 timeout connect 3s
 timeout client 20s
 timeout server 8s
frontend framed
 mode tcp
 option tcplog
 bind :5150
 default_backend framed-host
backend framed-host
 mode tcp
 server swh 10.9.77.61:5151 check inter 10s
frontend web
 mode http
 option httplog
 bind :443 ssl crt /srv/etc/both.pem
 default_backend web-host
backend web-host
 mode http
 server swh 10.9.77.61:8151
"""))
    r1, _ = n.site('ran-lte', '10.33.70.', '100.105.1.2', device='rmnet0')
    r2, _ = n.site('pad-lte', '10.33.71.', '100.105.2.2', device='rmnet0')
    software.ulogd_syslog(n.core, group=5, plugin='OPRINT', log='subscriber-plan.log')
    w.sleep(2)
    for name, tid, r, lan, last, site, isp in (('ran-1', 'RN0081', r1, '10.33.70.', 41, 'RANCH', 'Prairie Mobile'), ('ran-2', 'RN0082', r1, '10.33.70.', 42, 'RANCH', 'Prairie Mobile'), ('pad-1', 'RN0091', r2, '10.33.71.', 41, 'PADDOCK', 'Cellwest')):
        software.rsyslog(w.host(name))
        n.till('perl-line', name, tid, r, lan, last, site, isp, port=5150, CONNECT_SECS=6, RESPONSE_SECS=9)
    n.till('resty', 'ran-3', 'RN0083', r1, '10.33.70.', 43, 'RANCH', 'Prairie Mobile', RESPONSE_SECS=12, CONNECT_SECS=6)
    n.till('resty', 'pad-2', 'RN0092', r2, '10.33.71.', 42, 'PADDOCK', 'Cellwest', RESPONSE_SECS=12, CONNECT_SECS=6)
    w.sleep(42)
    with w.fault('provider_policy', 'the carrier drops all but name lookups of a shop above its quota', 'blocked-by-provider', only=['RN0081', 'RN0082', 'RN0083'], acceptable=['firewall_restriction'], phase='connect', drain=1):
        n.core.nft('table inet plan { chain forward { type filter hook forward priority 0; ip saddr 100.105.1.2 udp dport 53 accept; '
                   'ip saddr 100.105.1.2 quota over 1500 bytes limit rate 12/minute log prefix "plan-exhausted 100.105.1.2 " group 5; ip saddr 100.105.1.2 quota over 1500 bytes drop; } }')
        w.sleep(62)
        n.core.nft('delete table inet plan')
    w.sleep(34)


@story('acquirer-filters-a-spare-address', title='The gateway turns to a spare address that the acquirer\'s filter does not know',
       what='The gateway\'s inner side is moved to a second address; the acquirer\'s packet filter lets only the first one in and logs the rest Shorewall-style through ulogd and rsyslog. hitch and Varnish stand in front.',
       expert='Drops of the gateway\'s new address at the acquirer in the same seconds in which Varnish has "FetchError" after its connect limit; both shops fail together, at the answer; until then Varnish came from the other address: a filter at the acquirer.',
       packages=['hitch', 'varnish', 'ulogd2', 'nftables', 'rsyslog', 'nsd', 'libwww-perl'], more=', Apache HttpClient 5.4, got 14.4' + MORE)
def acquirer_filters(w):
    n = Network(w, 'epos.tailor.example', gateway='vx-9', gateway_ip='203.0.113.98', dns_ip='192.0.2.41', inner='10.150.2.')
    software.nsd(n)
    acq = n.behind('acq-fe', 30)
    software.rsyslog(acq, name='kern.log')
    software.ulogd_syslog(acq)
    software.node_host(acq, HTTP_PORT=9443)
    acq.nft('table inet shorewall { chain input { type filter hook input priority 0; ct state established accept; ip saddr 10.150.2.1 accept; ip protocol icmp accept; iifname "eth0" log prefix "Shorewall:acq-fw:DROP:" group 1 drop; } }')
    software.hitch_varnish(n, '10.150.2.30:9443', connect='9s')
    w.gateway_logs.append((readers.varnish, 'vx-9', 'varnishlog.txt', ('10.150.2.30', 9443), 9.0))
    r1, _ = n.site('tl-one', '10.205.1.', '100.106.1.2')
    r2, _ = n.site('tl-two', '10.205.2.', '100.106.2.2')
    w.sleep(2)
    n.till('perl', 'cut-1', 'TLR110', r1, '10.205.1.', 71, 'CUT', 'Brightline', RESPONSE_SECS=7.5)
    n.till('java5', 'cut-2', 'TLR111', r1, '10.205.1.', 72, 'CUT', 'Brightline', RESPONSE_SECS=7.5)
    n.till('got', 'sew-1', 'TLR210', r2, '10.205.2.', 71, 'SEW', 'Brightline', RESPONSE_SECS=15, CONNECT_SECS=6)
    n.till('perl', 'sew-2', 'TLR211', r2, '10.205.2.', 72, 'SEW', 'Brightline', RESPONSE_SECS=7.5)
    w.sleep(42)
    with w.fault('firewall_restriction', 'the acquirer\'s filter drops the gateway\'s spare address', 'denied-at-acquirer', drain=2):
        n.gw.ip('addr', 'add', '10.150.2.6/24', 'dev', 'eth1')
        n.gw.ip('route', 'change', '10.150.2.0/24', 'dev', 'eth1', 'src', '10.150.2.6')
        w.sleep(62)
        n.gw.ip('route', 'change', '10.150.2.0/24', 'dev', 'eth1', 'src', '10.150.2.1')
    w.sleep(34)
