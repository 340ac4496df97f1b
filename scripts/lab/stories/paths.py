"""Stories of what lies between: filters, forgotten sessions, lines, providers, name servers, addresses."""
import signal

import parts
from network import Network
from story import teller

STORIES = {}
story = teller(STORIES)


@story('sessions-forgotten-while-quiet', title='A router forgets quiet sessions',
       what='Go tills keep one connection and sell every nine seconds. The router of one shop forgets established sessions after five seconds for a while and drops what belongs to none; ulogd writes its drops.',
       expert='Only sales on a kept connection fail, each after more than five quiet seconds, with "invalid" drops of a non-SYN packet of the same ports; the fresh connection after each failure works; the till that connects anew for each sale is fine.',
       packages=['ulogd2', 'nftables', 'dnsmasq-base'], more=', Go 1.26')
def sessions_forgotten(w):
    n = Network(w, 'keep.lotto.example', gateway='draw1', gateway_ip='203.0.113.91')
    parts.dnsmasq(n.dns, '--no-resolv', f'--address=/keep.lotto.example/{n.gateway_ip}', '--local=/example/')
    parts.authd(n.gw, TCP_LISTEN='0.0.0.0:5700')
    r1, _ = n.site('kiosk-rt1', '10.23.1.', '100.67.1.2')
    r2, _ = n.site('kiosk-rt2', '10.23.2.', '100.67.2.2')
    parts.ulogd(r1, log='firewall.log')
    r1.sysctl('net.netfilter.nf_conntrack_tcp_loose', 0)
    r1.nft('table inet filter { chain forward { type filter hook forward priority 0; ct state invalid log prefix "INVALID-DROP: " group 1 drop; } }')
    w.sleep(2)
    n.till('go-keep', 'kiosk-1', 'LT0001', r1, '10.23.1.', 61, 'RAIL', 'TeleSud', port=5700, EVERY_SECS=9, RESPONSE_SECS=5)
    n.till('go-keep', 'kiosk-2', 'LT0002', r1, '10.23.1.', 62, 'RAIL', 'TeleSud', port=5700, EVERY_SECS=9, RESPONSE_SECS=5)
    n.till('go-iso', 'kiosk-3', 'LT0003', r1, '10.23.1.', 63, 'RAIL', 'TeleSud', port=5700, EVERY_SECS=4, RESPONSE_SECS=5)
    n.till('go-keep', 'kiosk-4', 'LT0004', r2, '10.23.2.', 64, 'AIR', 'TeleSud', port=5700, EVERY_SECS=9, RESPONSE_SECS=5)
    w.sleep(55)
    with w.fault('firewall_restriction', 'established sessions are forgotten after 5 s, packets of none are dropped', 'idle-session-dropped', only=['LT0001', 'LT0002'], acceptable=['network_misconfiguration'], phase='idle'):
        r1.sysctl('net.netfilter.nf_conntrack_tcp_timeout_established', 5)
        w.sleep(110)
        r1.sysctl('net.netfilter.nf_conntrack_tcp_timeout_established', 7200)
    w.sleep(55)


@story('till-blocks-itself', title='A till\'s own packet filter blocks the payment port',
       what='A hardening script on one till closes outgoing TCP 8443 with a ufw-like rule; ulogd on the till writes it. Its neighbour and the till\'s other traffic (DNS) are fine.',
       expert='Each failed connect has "[UFW BLOCK]" lines with OUT=eth0, the till\'s own address as SRC, in the till\'s own log; nothing of it reaches router or gateway.',
       packages=['ulogd2', 'iptables', 'nginx-light', 'gunicorn', 'bind9', 'php8.2-curl'], more=', axios 1.7.9')
def till_blocks_itself(w):
    n = Network(w, 'shop.pay.example', gateway='px1', gateway_ip='192.0.2.200', dns_ip='198.18.3.53')
    n.names()
    parts.gunicorn(n.behind('be1', 12))
    n.https('10.60.0.12:8000', port=8443)
    r1, _ = n.site('r-lane', '192.168.88.', '100.68.1.2')
    w.sleep(2)
    a = n.till('php', 'lane-1', 'LN-1', r1, '192.168.88.', 101, 'LANE', 'Copper', port=8443, CONNECT_SECS=3)
    n.till('node', 'lane-2', 'LN-2', r1, '192.168.88.', 102, 'LANE', 'Copper', port=8443)
    parts.ulogd(a, log='ufw.log')
    w.sleep(50)
    with w.fault('firewall_restriction', 'OUTPUT of lane-1 drops TCP 8443', 'denied-on-site', only=['LN-1'], phase='connect'):
        a.do('iptables', '-A', 'OUTPUT', '-p', 'tcp', '--dport', '8443', '-j', 'NFLOG', '--nflog-group', '1', '--nflog-prefix', '[UFW BLOCK] ', check=True)
        a.do('iptables', '-A', 'OUTPUT', '-p', 'tcp', '--dport', '8443', '-j', 'DROP', check=True)
        w.sleep(75)
        a.do('iptables', '-F', 'OUTPUT')
    w.sleep(50)


@story('satellite-backup', title='A shop falls back to a line with a long way',
       what='The line of one shop goes over a satellite for a while: 1.6 to 2.3 s each way, nothing is lost. fping measures it, another shop does not.',
       expert='The pings come back, all of them, with 3 to 5 s; connects end at their 3 s limit, those that succeed took nearly as long; the gateway sees the shop\'s connections arrive. Only this shop: a slow path, no loss.',
       packages=['fping', 'nginx-light', 'bind9', 'ruby'], more=', Java 17 HttpClient with Log4j 2.24, Go 1.26')
def satellite_backup(w):
    n = Network(w, 'pay.island.example', gateway='main1', gateway_ip='203.0.113.111')
    n.names()
    parts.authd(n.behind('au1', 14), HTTP_LISTEN='0.0.0.0:8000')
    n.https('10.60.0.14:8000')
    r1, line = n.site('isl-rt', '10.41.1.', '100.69.1.2', device='wwan0')
    r2, _ = n.site('port-rt', '10.41.2.', '100.69.2.2')
    for r in (r1, r2):
        parts.dnsmasq(r, '--no-resolv', f'--server={n.dns_ip}', '--min-cache-ttl=900')
    r1.run('fping', '-l', '-D', '-p', '4000', '-t', '7000', n.gateway_ip, log='line.log')
    w.sleep(2)
    n.till('java', 'ferry-1', 'IS01', r1, '10.41.1.', 11, 'ISLAND', 'SatCom', resolver=['10.41.1.1'], WORDS='zh', CONNECT_SECS=3, RESPONSE_SECS=8)
    n.till('go', 'ferry-2', 'IS02', r1, '10.41.1.', 12, 'ISLAND', 'SatCom', resolver=['10.41.1.1'], CONNECT_SECS=4, RESPONSE_SECS=8)
    n.till('ruby', 'port-1', 'PO01', r2, '10.41.2.', 11, 'PORT', 'Cable', resolver=['10.41.2.1'])
    w.sleep(55)
    with w.fault('network_latency', 'the line of ISLAND takes 1.6 to 2.3 s each way', 'far-host', only=['IS01', 'IS02'], drain=3):
        line.shape(delay_secs=[1.6, 2.3])
        w.sleep(80)
        line.shape()
    w.sleep(50)


@story('backup-fills-the-line', title='A backup upload fills a shop\'s thin line',
       what='A shop with a line of 32 KB/s uploads its camera backup with rsync, eight cameras at a time; the queue in front of the line stands at five seconds. Payments behind it run out.',
       expert='rsync\'s log has the transfer from just before the first failure to just after the last; pings rise from 10 ms to seconds without much loss while it runs; the other shop is fine.',
       packages=['rsync', 'iputils-ping', 'nginx-light', 'gunicorn', 'bind9', 'php8.2-curl'], more=', httpx with loguru, Go 1.26')
def backup_fills_the_line(w):
    n = Network(w, 'pay.toys.example', gateway='gwt', gateway_ip='203.0.113.122')
    n.names(backup='203.0.113.1')
    parts.gunicorn(n.behind('ap1', 16))
    n.https('10.60.0.16:8000')
    store = w.host('store')
    w.cable(n.core, 'to-store', '198.18.7.1/24', store, 'eth0', '198.18.7.9/24')
    store.ip('route', 'add', 'default', 'via', '198.18.7.1')
    store.write('etc/rsyncd.conf', 'uid = root\ngid = root\nuse chroot = no\n[cam]\npath = /srv/cam\nread only = no\n')
    store.write('cam/.keep', '')
    store.run('rsync', '--daemon', '--no-detach', '--config=/srv/etc/rsyncd.conf')
    r1, line = n.site('toy-rt', '10.42.1.', '100.71.1.2')
    r2, _ = n.site('mall-rt', '10.42.2.', '100.71.2.2')
    line.shape(rate_bytes=32000, queue_bytes=220000)
    for r in (r1, r2):
        parts.dnsmasq(r, '--no-resolv', f'--server={n.dns_ip}', '--min-cache-ttl=900')
    parts.probe(r1, n.gateway_ip, every=3)
    w.sleep(2)
    n.till('php', 'toy-1', 'TY-1', r1, '10.42.1.', 11, 'TOYS', 'Thin', resolver=['10.42.1.1'])
    n.till('python', 'toy-2', 'TY-2', r1, '10.42.1.', 12, 'TOYS', 'Thin', resolver=['10.42.1.1'], RESPONSE_SECS=4)
    n.till('go', 'mall-1', 'TY-3', r2, '10.42.2.', 11, 'MALL', 'Wide', resolver=['10.42.2.1'])
    nvr = w.host('nvr')
    w.plug(nvr, '10.42.1.50/24', r1, '10.42.1.1')
    nvr.do('sh', '-c', 'mkdir -p /srv/rec; for i in 1 2 3 4 5 6 7 8; do head -c 700000 /dev/urandom > /srv/rec/cam-$i.mkv; done')
    w.sleep(55)
    with w.fault('application_conflict', 'rsync uploads eight files at a time over a line of 32 KB/s', 'bulk-transfer', only=['TY-1', 'TY-2'], acceptable=['network_latency'], drain=90):  # what was written is sent even after the end of the program
        jobs = [nvr.run('rsync', '-a', '--log-file=/srv/log/rsync.log', f'/srv/rec/cam-{i}.mkv', 'rsync://198.18.7.9/cam/') for i in range(1, 9)]
        w.sleep(85)
        for job in jobs:
            parts.signal_all(job, signal.SIGKILL)
    w.sleep(50)


@story('carrier-drops-one-port', title='A carrier drops one port for its customers',
       what='The shops of one carrier reach the gateway\'s TCP 5900 no more, silently; TCP 443 of the same gateway works from the same shops, and 5900 works for the shops of another carrier.',
       expert='Nobody logs a drop. One port, one carrier (two shops of it, together, from one minute on), the gateway never sees them and serves 5900 to the other carrier meanwhile: something of this carrier\'s network.',
       packages=['nginx-light', 'unbound'], more=', Go 1.26, axios 1.7.9')
def carrier_drops_one_port(w):
    n = Network(w, 'auth.parking.example', gateway='park-gw', gateway_ip='198.51.100.59')
    n.names()
    au = n.behind('auth', 18)
    parts.authd(au, TCP_LISTEN='0.0.0.0:5900', HTTP_LISTEN='0.0.0.0:8000')
    parts.certificates(w, n.pay)
    parts.give_pki(w, n.gw)
    parts.nginx(n.gw, http='''server { listen 443 ssl; ssl_certificate /srv/etc/cert.pem; ssl_certificate_key /srv/etc/key.pem; location / { proxy_pass http://10.60.0.18:8000; } }''',
                stream='''log_format s '$remote_addr:$remote_port [$time_iso8601] $protocol $status $bytes_sent $bytes_received $session_time "$upstream_addr" $upstream_connect_time'; access_log /srv/log/stream.log s; server { listen 5900; proxy_pass 10.60.0.18:5900; proxy_connect_timeout 3s; }''')
    made = [n.site(f'p{i}-rt', f'10.43.{i}.', f'100.64.{i}.2', device='lte0') for i in (1, 2, 3)]
    w.sleep(2)
    for i, isp in ((1, 'MobilOne'), (2, 'MobilOne'), (3, 'StadtFunk')):
        n.till('go-iso', f'park-{i}', f'P{i}00', made[i - 1][0], f'10.43.{i}.', 10 + i, f'LOT-{i}', isp, port=5900)
    n.till('node', 'park-1b', 'P101', made[0][0], '10.43.1.', 21, 'LOT-1', 'MobilOne')
    n.till('go-iso', 'park-2b', 'P201', made[1][0], '10.43.2.', 22, 'LOT-2', 'MobilOne', port=5900)
    n.till('go', 'park-2c', 'P202', made[1][0], '10.43.2.', 23, 'LOT-2', 'MobilOne')
    w.sleep(55)
    with w.fault('provider_policy', 'MobilOne drops TCP to port 5900', 'blocked-by-provider', only=['P100', 'P200', 'P201'], acceptable=['firewall_restriction'], phase='connect'):
        for _, line in made[:2]:
            line.shape(drop='proto == 6 and dport == 5900')
        w.sleep(75)
        for _, line in made[:2]:
            line.shape()
    w.sleep(50)


@story('gateway-bans-a-shop', title='The gateway\'s fail2ban bans a whole shop',
       what='A price checker in a shop asks the gateway for pages that do not exist. fail2ban on the gateway bans the shop\'s public address for 70 s: all its tills run out of time while connecting.',
       expert='fail2ban logs "Ban 100.79.1.2", the public address of the shop, seconds before the first failure and "Unban" after the last; nginx sees nothing of the shop between; other shops are served.',
       packages=['fail2ban', 'nginx-light', 'gunicorn', 'bind9', 'ruby'], more=', Go 1.26, Java 17 HttpClient with Log4j 2.24')
def gateway_bans_a_shop(w):
    n = Network(w, 'pay.books.example', gateway='shield', gateway_ip='203.0.113.177')
    n.names()
    parts.gunicorn(n.behind('fl1', 17))
    n.https('10.60.0.17:8000')
    n.gw.write('f2b/filter.d/pos.conf', '[Definition]\nfailregex = ^<HOST> .* "(GET|POST) [^"]*" 404 \n')
    n.gw.write('f2b/action.d/nft-drop.conf', '[Definition]\nactionstart =\nactionban = nft add rule inet f2b in ip saddr <ip> tcp dport 443 drop\nactionunban = nft flush chain inet f2b in\nactionstop =\n')
    n.gw.write('f2b/fail2ban.conf', '[Definition]\nloglevel = INFO\nlogtarget = /srv/log/fail2ban.log\nsyslogsocket = auto\nsocket = /srv/run/f2b.sock\npidfile = /srv/run/f2b.pid\ndbfile = None\ndbpurgeage = 1d\nallowipv6 = no\n')
    n.gw.write('f2b/jail.conf', '[DEFAULT]\nbackend = polling\nusedns = no\n[pos]\nenabled = true\nfilter = pos\naction = nft-drop\nlogpath = /srv/log/access.log\nmaxretry = 5\nfindtime = 60\nbantime = 70\nport = 443\n')
    n.gw.nft('table inet f2b { chain in { type filter hook input priority -1; } }')
    n.gw.do('cp', '-rn', '/etc/fail2ban/filter.d/common.conf', '/srv/f2b/filter.d/')
    w.sleep(2)
    n.gw.run('fail2ban-server', '-f', '-c', '/srv/f2b', '-s', '/srv/run/f2b.sock', '-p', '/srv/run/f2b.pid', '--logtarget', '/srv/log/fail2ban.log', 'start')
    r1, _ = n.site('bk-rt1', '10.44.1.', '100.79.1.2')
    r2, _ = n.site('bk-rt2', '10.44.2.', '100.79.2.2')
    w.sleep(1)
    n.till('java', 'book-1', 'BK-11', r1, '10.44.1.', 11, 'UNI', 'CampusNet')
    n.till('ruby', 'book-2', 'BK-12', r1, '10.44.1.', 12, 'UNI', 'CampusNet')
    n.till('go', 'book-3', 'BK-21', r2, '10.44.2.', 13, 'OLD', 'CampusNet', LOG='json')
    checker = w.host('checker')
    w.plug(checker, '10.44.1.77/24', r1, '10.44.1.1')
    w.sleep(55)
    with w.fault('provider_policy', 'fail2ban on the gateway bans the public address of UNI', 'blocked-by-provider', only=['BK-11', 'BK-12'], acceptable=['firewall_restriction'], phase='connect', drain=6):
        checker.do('sh', '-c', f'for i in 1 2 3 4 5 6 7; do curl -sk -m 3 -A price-check/1.2 https://{n.gateway_ip}/price/$i -o /dev/null; done')
        w.sleep(76)
    w.sleep(45)


@story('sales-held-back-by-rate', title='The gateway holds back sales above a rate',
       what='nginx has limit_req with a rate of 12 a minute per address and a long burst. A shop puts a fourth till to work; sales wait in nginx until the tills give up.',
       expert='nginx says "delaying request, excess" for the shop\'s address with growing excess; its access log has 499 for those given up; the host behind answers in 0.1 s what reaches it; the other shop is not delayed.',
       packages=['nginx-light', 'bind9', 'php8.2-curl', 'ruby'], more=', Go 1.26')
def sales_held_back(w):
    n = Network(w, 'pay.canteen.example', gateway='cgw', gateway_ip='203.0.113.188')
    n.names()
    parts.authd(n.behind('ch1', 19), HTTP_LISTEN='0.0.0.0:8000')
    n.https('10.60.0.19:8000', http='limit_req_zone $binary_remote_addr zone=per_site:1m rate=50r/m;', location='limit_req zone=per_site burst=40; limit_req_log_level warn;')
    r1, _ = n.site('cant-a', '10.45.1.', '100.81.1.2')
    r2, _ = n.site('cant-b', '10.45.2.', '100.81.2.2')
    w.sleep(2)
    n.till('php', 'meal-1', 'CN1', r1, '10.45.1.', 11, 'HALL-A', 'Nord', EVERY_SECS=6, RESPONSE_SECS=5)
    n.till('go', 'meal-2', 'CN2', r1, '10.45.1.', 12, 'HALL-A', 'Nord', EVERY_SECS=6, RESPONSE_SECS=5)
    n.till('ruby', 'meal-5', 'CN5', r2, '10.45.2.', 13, 'HALL-B', 'Nord', EVERY_SECS=4, RESPONSE_SECS=5)
    w.sleep(50)
    with w.fault('provider_policy', 'three more devices of HALL-A bring it above 50 sales a minute', 'rate-limited', only=['CN1', 'CN2'], acceptable=['software_misconfiguration'], drain=58):
        more = w.host('vending')
        w.plug(more, '10.45.1.60/24', r1, '10.45.1.1')
        job = more.run('sh', '-c', f"""while :; do curl -sk -m 20 -A vending/2 -d '{{"tid":"V9","stan":"000001"}}' https://{n.gateway_ip}/sale -o /dev/null & sleep 0.8; done""")
        w.sleep(75)
        parts.signal_all(job, signal.SIGTERM)
    w.sleep(60)


@story('resolver-behind-a-dead-forwarder', title='The shop\'s name server forwards to one that is silent',
       what='BIND on a shop\'s router forwards to the provider\'s resolver, which stops (SIGSTOP). Tills look the name up for each sale; a till configured with the address is fine.',
       expert='The lookups of the tills run out ("i/o timeout" at the name server\'s address, "Resolving timed out"), named says "query failed (timed out)" or SERVFAIL for the name; the till that uses the address pays all the while.',
       packages=['bind9', 'nginx-light', 'unbound', 'php8.2-curl'], more=', Go 1.26, httpx')
def dead_forwarder(w):
    n = Network(w, 'pay.flower.example', gateway='fgw', gateway_ip='203.0.113.44', dns_ip='192.0.2.99', dns='res1')
    ns = n.dns
    upstream = parts.dnsmasq(ns, '--no-resolv', f'--address=/pay.flower.example/{n.gateway_ip}', '--local=/example/', '--local-ttl=2')
    parts.authd(n.behind('fa1', 20), HTTP_LISTEN='0.0.0.0:8000')
    n.https('10.60.0.20:8000')
    r1, _ = n.site('fl-rt', '10.46.1.', '100.82.1.2')
    r2, _ = n.site('fl-rt2', '10.46.2.', '100.82.2.2')
    for r, lan in ((r1, '10.46.1.'),):
        parts.bind(r, None, {}, listen=f'{lan}1; 127.0.0.1', recursion=f'recursion yes; allow-query {{ any; }}; forward only; forwarders {{ {n.dns_ip}; }}; max-cache-ttl 2; resolver-query-timeout 8000;')
    w.sleep(2)
    n.till('go', 'fl-1', 'FW-1', r1, '10.46.1.', 11, 'ROSE', 'Access', resolver=['10.46.1.1'], RESPONSE_SECS=12, CONNECT_SECS=12)
    n.till('php', 'fl-2', 'FW-2', r1, '10.46.1.', 12, 'ROSE', 'Access', resolver=['10.46.1.1'], CONNECT_SECS=4)
    n.till('python', 'fl-3', 'FW-3', r2, '10.46.2.', 13, 'LILY', 'Access', resolver=[n.dns_ip], options='timeout:2 attempts:2')
    n.till('go', 'fl-4', 'FW-4', r1, '10.46.1.', 14, 'ROSE', 'Access', host=n.gateway_ip)
    w.sleep(55)
    with w.fault('dns_resolution', 'the provider\'s resolver is frozen', 'resolver-silent', only=['FW-1', 'FW-2', 'FW-3'], phase='dns', drain=2):
        parts.signal_all(upstream, signal.SIGSTOP)
        w.sleep(80)
        parts.signal_all(upstream, signal.SIGCONT)
    w.sleep(50)


@story('old-address-in-the-name-server', title='One shop\'s name server hands out the old address',
       what='The gateway has moved. The dnsmasq of one shop is restarted with an old record of the gateway; nothing lives there any more. The other shop asks the provider\'s name server.',
       expert='From one minute on the shop\'s dnsmasq answers "config pay… is 203.0.113.61" where it answered .62 before and everyone else still gets .62; connects to .61 run out, nothing arrives at the gateway.',
       packages=['dnsmasq-base', 'nginx-light', 'gunicorn'], more=', axios 1.7.9, Go 1.26, httpx with structlog')
def old_address(w):
    n = Network(w, 'pay.optic.example', gateway='ogw', gateway_ip='203.0.113.62')
    n.names()
    parts.gunicorn(n.behind('oa1', 22))
    n.https('10.60.0.22:8000')
    r1, _ = n.site('op-rt1', '10.47.1.', '100.83.1.2')
    r2, _ = n.site('op-rt2', '10.47.2.', '100.83.2.2')
    n.core.ip('route', 'add', 'blackhole', '203.0.113.61/32')
    site = parts.dnsmasq(r1, '--no-resolv', f'--server={n.dns_ip}')
    w.sleep(2)
    n.till('node', 'eye-1', 'OP-1', r1, '10.47.1.', 11, 'EYE', 'Lumen', resolver=['10.47.1.1'], LOG='text')
    n.till('go', 'eye-2', 'OP-2', r1, '10.47.1.', 12, 'EYE', 'Lumen', resolver=['10.47.1.1'])
    n.till('python', 'lens-1', 'OP-3', r2, '10.47.2.', 11, 'LENS', 'Lumen', LOG='structlog')
    w.sleep(55)
    with w.fault('dns_resolution', 'dnsmasq of EYE answers with the old address, where nothing is', 'stale-record', only=['OP-1', 'OP-2'], phase='connect'):
        parts.signal_all(site, signal.SIGTERM)
        w.sleep(0.5)
        site = parts.dnsmasq(r1, '--no-resolv', f'--server={n.dns_ip}', '--address=/pay.optic.example/203.0.113.61')
        w.sleep(70)
        parts.signal_all(site, signal.SIGTERM)
        w.sleep(0.5)
        parts.dnsmasq(r1, '--no-resolv', f'--server={n.dns_ip}')
    w.sleep(50)
