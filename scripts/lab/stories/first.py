"""Stories of servers, lines and filters."""
import parts
import readers
from network import Network
from story import teller

STORIES = {}
story = teller(STORIES)


@story('php-workers-busy', title='All workers of PHP-FPM wait for a slow host',
       what='Two shops pay through nginx, which hands sales to three PHP-FPM workers on another machine. The host behind them turns slow, the workers are all taken, and sales queue.',
       expert='`slow.log` and php-fpm\'s "executing too slow" begin at the minute of the failures; nginx says "upstream timed out while reading response header" for both shops at once; connecting and TLS still work: server side, at the application.',
       packages=['nginx-light', 'php8.2-fpm', 'php8.2-curl', 'ruby', 'bind9'], more=', axios 1.7.9 on Node.js 20')
def php_workers_busy(w):
    n = Network(w, 'pay.kasse.example', gateway='edge1', gateway_ip='203.0.113.20')
    parts.certificates(w, n.pay)
    parts.bind(n.dns, 'kasse.example', {'ns': n.dns_ip, 'pay': n.gateway_ip})
    app = n.behind('app1', 11)
    parts.php_fpm(app, '0.0.0.0:9000', children=3, extra='request_slowlog_timeout = 3s\nslowlog = /srv/log/slow.log\n')
    parts.give_pki(w, n.gw)
    parts.nginx(n.gw, http='''server { listen 443 ssl; server_name pay.kasse.example; ssl_certificate /srv/etc/cert.pem; ssl_certificate_key /srv/etc/key.pem;
      location / { include /etc/nginx/fastcgi_params; fastcgi_param SCRIPT_FILENAME /srv/sale.php; fastcgi_pass 10.60.0.11:9000; fastcgi_connect_timeout 3s; fastcgi_read_timeout 6s; } }''')
    w.gateway_logs.append((readers.nginx_error, 'edge1', 'error.log'))
    r1, _ = n.site('fw-mitte', '10.21.4.', '100.70.4.2')
    r2, _ = n.site('fw-nord', '10.21.7.', '100.70.7.2')
    w.sleep(2)
    n.till('php', 'kasse-11', 'K7741101', r1, '10.21.4.', 11, 'MITTE', 'Telco-One', RESPONSE_SECS=5)
    n.till('ruby', 'kasse-12', 'K7741102', r1, '10.21.4.', 12, 'MITTE', 'Telco-One', RESPONSE_SECS=8)
    n.till('node', 'kasse-21', 'K7741201', r2, '10.21.7.', 21, 'NORD', 'Kabel-Net', RESPONSE_SECS=5)
    n.till('ruby', 'kasse-22', 'K7741202', r2, '10.21.7.', 22, 'NORD', 'Kabel-Net', RESPONSE_SECS=8)
    w.sleep(55)
    with w.fault('server_failure', 'the host behind the PHP page takes 9 s an answer', 'server-overloaded', drain=20):
        app.write('run/host_ms', '9000')
        w.sleep(75)
        app.write('run/host_ms', '90')
    w.sleep(55)


@story('router-drops-payment-port', title='A new rule of a shop\'s router drops the payment port',
       what='One shop\'s router gets a filter rule that drops TCP 7000 and says so through ulogd in JSON; the shop\'s HTTPS terminal and another shop go on.',
       expert='Each failed connect of the Go and Java tills has drop records of the same address and port pair in `filter.json` in the same second; the HTTPS till of the same shop is fine: a filter on the site.',
       packages=['ulogd2', 'ulogd2-json', 'nftables', 'nginx-light', 'dnsmasq-base'], more=', Go 1.26, Java 17 HttpClient with Log4j 2.24')
def router_drops_payment_port(w):
    n = Network(w, 'gate.cardnet.example', gateway='gate2', gateway_ip='198.51.100.34', dns_ip='198.18.5.53')
    parts.certificates(w, n.pay)
    parts.dnsmasq(n.dns, '--no-resolv', f'--address=/gate.cardnet.example/{n.gateway_ip}', '--local=/example/')
    app = n.behind('auth3', 13)
    parts.authd(app, TCP_LISTEN='0.0.0.0:7000', HTTP_LISTEN='0.0.0.0:8000')
    parts.give_pki(w, n.gw)
    parts.nginx(n.gw, http='''server { listen 443 ssl; listen 8080; ssl_certificate /srv/etc/cert.pem; ssl_certificate_key /srv/etc/key.pem; location / { proxy_pass http://10.60.0.13:8000; proxy_connect_timeout 3s; proxy_read_timeout 6s; } }''',
                stream='''log_format s '$remote_addr:$remote_port [$time_iso8601] $protocol $status $bytes_sent $bytes_received $session_time "$upstream_addr" $upstream_connect_time'; access_log /srv/log/stream.log s; server { listen 7000; proxy_pass 10.60.0.13:7000; proxy_connect_timeout 3s; }''')
    r1, _ = n.site('gw-quay', '192.168.44.', '100.80.1.2')
    r2, _ = n.site('gw-hill', '192.168.45.', '100.80.2.2')
    parts.ulogd(r1, style='JSON', log='filter.json')
    w.sleep(2)
    for host, kind, tid, r, lan, last, site in (('pos-q1', 'go-iso', '50031', r1, '192.168.44.', 31, 'QUAY'), ('pos-q2', 'go-iso', '50032', r1, '192.168.44.', 32, 'QUAY'),
                                                ('pos-h1', 'go-iso', '50061', r2, '192.168.45.', 61, 'HILL')):
        n.till(kind, host, tid, r, lan, last, site, 'FibreCo', port=7000)
    n.till('java', 'pos-q3', '50033', r1, '192.168.44.', 33, 'QUAY', 'FibreCo')
    w.sleep(55)
    with w.fault('firewall_restriction', 'the router of QUAY drops what goes to TCP 7000', 'denied-on-site', only=['50031', '50032'], phase='connect'):
        r1.nft('table inet filter { chain forward { type filter hook forward priority 0; tcp dport 7000 log prefix "fwd-deny-17" group 1 drop; } }')
        w.sleep(70)
        r1.nft('delete table inet filter')
    w.sleep(50)


@story('line-loses-packets', title='A shop\'s access line loses packets',
       what='One of two shops sits on a line that loses a third of its packets each way for a while. A ping of its router to the gateway runs all day; the other shop is fine.',
       expert='ping says "no answer yet" for many of its probes in the same minutes and for none before; failures of the shop are mixed (connect, TLS, response) and others succeed slowly; the other shop has none.',
       packages=['nginx-light', 'gunicorn', 'unbound', 'iputils-ping', 'ruby'], more=', httpx 0.28.1 with loguru 0.7.3 on Python 3.11, Go 1.26 net/http with log/slog')
def line_loses_packets(w):
    n = Network(w, 'sale.tills.example', gateway='front', gateway_ip='203.0.113.77')
    parts.certificates(w, n.pay)
    parts.bind(n.dns, 'tills.example', {'ns': n.dns_ip, 'sale': n.gateway_ip})
    app = n.behind('auth1', 21)
    parts.gunicorn(app)
    parts.give_pki(w, n.gw)
    parts.nginx(n.gw, http='''access_log off; log_format t '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" rt=$request_time uct=$upstream_connect_time urt=$upstream_response_time term=$http_x_terminal';
      server { access_log /srv/log/sales.log t; listen 443 ssl; ssl_certificate /srv/etc/cert.pem; ssl_certificate_key /srv/etc/key.pem; location / { proxy_pass http://10.60.0.21:8000; proxy_connect_timeout 3s; proxy_read_timeout 6s; } }''')
    w.gateway_logs.append((readers.nginx_client, 'front', 'error.log', n.gateway_ip))
    r1, line = n.site('rt-dock', '10.8.1.', '100.90.1.2', device='vdsl0')
    r2, _ = n.site('rt-park', '10.8.2.', '100.90.2.2', device='vdsl0')
    parts.probe(r1, n.gateway_ip)
    parts.probe(r2, n.gateway_ip)
    for r in (r1, r2):
        parts.dnsmasq(r, '--no-resolv', f'--server={n.dns_ip}', '--min-cache-ttl=900')
    w.sleep(2)
    n.till('python', 'dock-1', 'D-00171', r1, '10.8.1.', 21, 'DOCK', 'NetWest', CONNECT_SECS=3, RESPONSE_SECS=4, resolver=['10.8.1.1'])
    n.till('go', 'dock-2', 'D-00172', r1, '10.8.1.', 22, 'DOCK', 'NetWest', CONNECT_SECS=3, RESPONSE_SECS=6, resolver=['10.8.1.1'])
    n.till('ruby', 'dock-3', 'D-00173', r1, '10.8.1.', 23, 'DOCK', 'NetWest', CONNECT_SECS=3, RESPONSE_SECS=4, resolver=['10.8.1.1'])
    n.till('python', 'park-1', 'D-00271', r2, '10.8.2.', 21, 'PARK', 'NetWest', CONNECT_SECS=3, RESPONSE_SECS=4, resolver=['10.8.2.1'])
    w.sleep(55)
    with w.fault('network_latency', 'the line of DOCK loses 45 % of the packets each way', 'lossy-line', only=['D-00171', 'D-00172', 'D-00173'], drain=3):
        line.shape(loss=0.45)
        w.sleep(80)
        line.shape()
    w.sleep(50)
