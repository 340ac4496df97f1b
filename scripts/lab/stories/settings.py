"""Stories of settings and hardware: limits, ports, sizes, messages, leases, addresses, cables."""
import json
import os
import signal

import parts
from network import Network
from story import teller

STORIES = {}
story = teller(STORIES)


def restart(w, n, host, kind, tid, **env):
    """The same till starts again with other settings: ends the old program, keeps its log."""
    for p in host.procs:
        parts.signal_all(p, signal.SIGTERM)
    w.sleep(0.5)
    row = next(t for t in w.tills if t['tid'] == tid)
    pay = env.pop('pay')
    w.tills.remove(row)
    parts.till(w, host, kind, tid, pay, row['site'], row['isp'], row['gateway'], ip=row['ip'], mac=row['mac'], model=row['model'], merchant=row['merchant'], **env)


@story('limit-shortened-by-an-update', title='An update brings a limit below the usual duration',
       what='Two of four tills are updated: their limit for an answer is 70 ms instead of 5 s, while the gateway usually needs 100 ms.',
       expert='Only the updated tills fail, each after 70 ms, right after a start line that says so; before, and on the tills not updated, the same sales take 0.1 to 0.3 s and are approved; nothing else is slow.',
       packages=['nginx-light', 'gunicorn', 'bind9', 'php8.2-curl'], more=', axios 1.7.9, Go 1.26')
def limit_shortened(w):
    n = Network(w, 'pay.pharma.example', gateway='phgw', gateway_ip='203.0.113.131')
    n.names()
    parts.gunicorn(n.behind('ph1', 23))
    n.https('10.60.0.23:8000')
    r1, _ = n.site('ph-rt', '10.48.1.', '100.84.1.2')
    parts.dnsmasq(r1, '--no-resolv', f'--server={n.dns_ip}', '--min-cache-ttl=900')
    w.sleep(2)
    res = dict(resolver=['10.48.1.1'])
    a = n.till('node', 'apo-1', 'PH-1', r1, '10.48.1.', 11, 'APO', 'Glas', **res)
    b = n.till('php', 'apo-2', 'PH-2', r1, '10.48.1.', 12, 'APO', 'Glas', **res)
    n.till('go', 'apo-3', 'PH-3', r1, '10.48.1.', 13, 'APO', 'Glas', **res)
    n.till('node', 'apo-4', 'PH-4', r1, '10.48.1.', 14, 'APO', 'Glas', LOG='text', **res)
    w.sleep(55)
    pay = f'{n.pay}:443'
    with w.fault('software_misconfiguration', 'PH-1 and PH-2 are restarted with a limit of 0.07 s', 'limit-too-short', only=['PH-1', 'PH-2'], phase=lambda a: 'response' if a['phase'] == 'idle' else a['phase']):
        restart(w, n, a, 'node', 'PH-1', pay=pay, RESPONSE_SECS=0.07)
        restart(w, n, b, 'php', 'PH-2', pay=pay, RESPONSE_SECS=0.07, CONNECT_SECS=3)
        w.sleep(75)
    restart(w, n, a, 'node', 'PH-1', pay=pay)
    restart(w, n, b, 'php', 'PH-2', pay=pay)
    w.sleep(50)


@story('wrong-port-in-a-profile', title='A profile with the wrong port reaches some tills',
       what='Two tills of one shop get a profile with port 7101 instead of 7100; the gateway offers only 7100 and drops the rest. A third till keeps its profile.',
       expert='Their start lines say :7101 where the last ones said :7100, from then on every connect runs out; the neighbour with :7100 is fine; no one ever reached 7101.',
       packages=['nftables', 'dnsmasq-base'], more=', Go 1.26')
def wrong_port(w):
    n = Network(w, 'sw.energy.example', gateway='sw1', gateway_ip='198.51.100.71')
    parts.dnsmasq(n.dns, '--no-resolv', f'--address=/sw.energy.example/{n.gateway_ip}', '--local=/example/')
    parts.authd(n.gw, TCP_LISTEN='0.0.0.0:7100')
    n.gw.nft('table inet filter { chain input { type filter hook input priority 0; iifname "eth0" tcp dport != 7100 tcp flags syn / syn,ack drop; } }')
    r1, _ = n.site('en-rt', '10.49.1.', '100.85.1.2')
    w.sleep(2)
    a = n.till('go-iso', 'pump-a', 'EN-A', r1, '10.49.1.', 11, 'STATION', 'Fern', port=7100)
    b = n.till('go-iso', 'pump-b', 'EN-B', r1, '10.49.1.', 12, 'STATION', 'Fern', port=7100)
    n.till('go-iso', 'pump-c', 'EN-C', r1, '10.49.1.', 13, 'STATION', 'Fern', port=7100)
    w.sleep(55)
    with w.fault('software_misconfiguration', 'EN-A and EN-B are given port 7101', 'wrong-endpoint', only=['EN-A', 'EN-B'], acceptable=['firewall_restriction'], phase='connect'):
        restart(w, n, a, 'go-iso', 'EN-A', pay=f'{n.pay}:7101')
        restart(w, n, b, 'go-iso', 'EN-B', pay=f'{n.pay}:7101')
        w.sleep(70)
    restart(w, n, a, 'go-iso', 'EN-A', pay=f'{n.pay}:7100')
    restart(w, n, b, 'go-iso', 'EN-B', pay=f'{n.pay}:7100')
    w.sleep(45)


@story('large-packets-vanish', title='Large packets vanish on one shop\'s line',
       what='The line of one shop takes packets of at most 1280 bytes for a while and says nothing about larger ones. TLS 1.3 handshakes stall at the server\'s certificate.',
       expert='Connects succeed in 10 ms, then the handshake runs out, always; pings pass; plain short messages to another port of the same gateway pass from the same shop; the gateway sees clients that time out or leave "while SSL handshaking": size.',
       packages=['nginx-light', 'iputils-ping', 'bind9', 'ruby', 'php8.2-curl'], more=', Go 1.26')
def large_packets_vanish(w):
    n = Network(w, 'pay.garden.example', gateway='ggw', gateway_ip='203.0.113.143')
    n.names()
    au = n.behind('ga1', 24)
    parts.authd(au, HTTP_LISTEN='0.0.0.0:8000')
    parts.authd(n.gw, log='iso.log', TCP_LISTEN='0.0.0.0:7000')
    n.https('10.60.0.24:8000', header=20)
    r1, line = n.site('ga-rt', '10.50.1.', '100.86.1.2', device='ppp0')
    r2, _ = n.site('ga-rt2', '10.50.2.', '100.86.2.2', device='ppp0')
    parts.probe(r1, n.gateway_ip, every=4)
    w.sleep(2)
    n.till('go', 'tulip-1', 'GA-1', r1, '10.50.1.', 11, 'TULIP', 'PPPNet', CONNECT_SECS=4, RESPONSE_SECS=8)
    n.till('ruby', 'tulip-2', 'GA-2', r1, '10.50.1.', 12, 'TULIP', 'PPPNet', CONNECT_SECS=4)
    n.till('go-iso', 'tulip-3', 'GA-3', r1, '10.50.1.', 13, 'TULIP', 'PPPNet', port=7000)
    n.till('php', 'fern-1', 'GA-4', r2, '10.50.2.', 11, 'FERN', 'PPPNet')
    w.sleep(55)
    with w.fault('software_misconfiguration', 'packets above 1280 bytes vanish on the line of TULIP', 'mtu-black-hole', only=['GA-1', 'GA-2'], acceptable=['network_misconfiguration', 'firewall_restriction'], phase='tls'):
        line.shape(mtu=1280)
        w.sleep(80)
        line.shape()
    w.sleep(50)


@story('answers-to-other-questions', title='A new server version answers with other trace numbers',
       what='A release of the authorisation server counts the trace number up before it answers. Each till gets its answer in 0.1 s, does not know it, and waits on.',
       expert='Each failing till says "discarding message with unexpected STAN" 0.1 s after its request and runs out seconds later; the server logs a request and an answer with different numbers: messages that do not match, not the network.',
       packages=['dnsmasq-base'], more=', Go 1.26')
def answers_to_other_questions(w):
    n = Network(w, 'isw.hotel.example', gateway='isw', gateway_ip='198.51.100.82')
    parts.dnsmasq(n.dns, '--no-resolv', f'--address=/isw.hotel.example/{n.gateway_ip}', '--local=/example/')
    parts.authd(n.gw, TCP_LISTEN='0.0.0.0:6500')
    r1, _ = n.site('ho-rt', '10.51.1.', '100.87.1.2')
    r2, _ = n.site('ho-rt2', '10.51.2.', '100.87.2.2')
    w.sleep(2)
    n.till('go-iso', 'desk-1', 'HO1', r1, '10.51.1.', 11, 'GRAND', 'Inn', port=6500)
    n.till('go-keep', 'desk-2', 'HO2', r1, '10.51.1.', 12, 'GRAND', 'Inn', port=6500)
    n.till('go-iso', 'desk-3', 'HO3', r2, '10.51.2.', 13, 'PETIT', 'Inn', port=6500)
    w.sleep(55)
    with w.fault('software_misconfiguration', 'the server answers with the trace number plus one', 'answer-not-matched', acceptable=['server_failure'], phase='response'):
        n.gw.write('run/mode.json', json.dumps({'old_stan': True, 'delay_ms': 90}))
        w.sleep(70)
        n.gw.write('run/mode.json', '{"delay_ms": 90}')
    w.sleep(50)


@story('length-of-four-bytes', title='A server update expects a longer length field',
       what='After an update the server reads four bytes of length where tills send two, and waits for a message of gigabytes.',
       expert='The server starts anew; from then on it says "message length … exceeds 65536" for each connection and "incomplete message … got 31 of …" when the till gives up; connects are fine, no till gets an answer: framing of the messages.',
       packages=['dnsmasq-base'], more=', Go 1.26')
def length_of_four_bytes(w):
    n = Network(w, 'sw.ferry.example', gateway='fsw', gateway_ip='198.51.100.83')
    parts.dnsmasq(n.dns, '--no-resolv', f'--address=/sw.ferry.example/{n.gateway_ip}', '--local=/example/')
    server = parts.authd(n.gw, TCP_LISTEN='0.0.0.0:6600')
    r1, _ = n.site('fe-rt', '10.52.1.', '100.88.1.2')
    w.sleep(2)
    for i in range(3):
        n.till('go-iso', f'berth-{i + 1}', f'FE{i + 1}', r1, '10.52.1.', 11 + i, 'PIER', 'SeaNet', port=6600)
    w.sleep(55)
    with w.fault('software_misconfiguration', 'the server is restarted with a length field of four bytes', 'message-not-understood', acceptable=['server_failure'], phase='response'):
        parts.signal_all(server, signal.SIGTERM)
        w.sleep(0.3)
        server = parts.authd(n.gw, TCP_LISTEN='0.0.0.0:6600', HEAD_BYTES=4)
        w.sleep(70)
        parts.signal_all(server, signal.SIGTERM)
        w.sleep(0.3)
        parts.authd(n.gw, TCP_LISTEN='0.0.0.0:6600')
    w.sleep(50)


def dhcp(n, router, lan, log='kea.log', pool=('100', '150')):
    """Kea on a router's LAN, leases of 20 s, an address of its own for each till."""
    conf = router.write('etc/kea.json', json.dumps({'Dhcp4': {
        'interfaces-config': {'interfaces': ['br-lan'], 're-detect': True}, 'lease-database': {'type': 'memfile', 'persist': False}, 'valid-lifetime': 20, 'renew-timer': 8, 'rebind-timer': 14,
        'subnet4': [{'subnet': f'{lan}0/24', 'pools': [{'pool': f'{lan}{pool[0]} - {lan}{pool[1]}'}], 'option-data': [{'name': 'routers', 'data': f'{lan}1'}, {'name': 'domain-name-servers', 'data': n.dns_ip}],
                     'reservations': [{'hw-address': mac, 'ip-address': ip} for mac, ip in n.leases]}],
        'loggers': [{'name': 'kea-dhcp4', 'severity': 'INFO', 'output_options': [{'output': f'/srv/log/{log}'}]}]}}))
    return router.run('kea-dhcp4', '-c', conf, KEA_PIDFILE_DIR='/srv/run', KEA_LOCKFILE_DIR='/srv/run')


def dhcpcd(host, *more, log='dhcpcd.log'):
    """dhcpcd on eth0, with times in its log as its syslog would have."""
    host.write('etc/dhcpcd.conf', 'noipv4ll\nnohook resolv.conf, hostname, ntp.conf\nipv4only\ntimeout 5\n' + '\n'.join(more) + '\n')
    return host.run('sh', '-c', f'mkdir -p /srv/run/d /srv/run/v; mount --bind /srv/run/d /run/dhcpcd 2>/dev/null || {{ mkdir -p /run/dhcpcd; mount --bind /srv/run/d /run/dhcpcd; }}; mount --bind /srv/run/v /var/lib/dhcpcd; exec dhcpcd -B -d -f /srv/etc/dhcpcd.conf eth0', log='../run/dhcpcd.out')


@story('rogue-dhcp-server', title='A second DHCP server sends tills to a router that is none',
       what='Kea on the shop\'s router gives leases of 20 s. A repeater with its own DHCP server (dnsmasq) is plugged in and wins: its default router is itself, and it does not route.',
       expert='The DHCP client\'s log has another server\'s address and "adding default route via …253" just before the failures and the right ones before and after; dnsmasq on the repeater says it gave the leases; tills on fixed addresses in the same shop are fine.',
       packages=['kea-dhcp4-server', 'dhcpcd-base', 'dnsmasq-base', 'nginx-light', 'gunicorn', 'syslog-ng-core'], more=', Go 1.26, axios 1.7.9')
def rogue_dhcp(w):
    n = Network(w, 'pay.gallery.example', gateway='gal', gateway_ip='203.0.113.150')
    n.names()
    parts.gunicorn(n.behind('gb1', 25))
    n.https('10.60.0.25:8000')
    r1, _ = n.site('ga-router', '10.53.1.', '100.89.1.2')
    w.sleep(2)
    hosts = []
    for name in ('art-1', 'art-2'):
        hosts.append(w.host(name))
        parts.syslog(hosts[-1])
    starts = [n.till('go', 'art-1', 'GL-1', r1, '10.53.1.', 61, 'GALLERY', 'Kunst', address=False, later=True),
              n.till('node', 'art-2', 'GL-2', r1, '10.53.1.', 62, 'GALLERY', 'Kunst', address=False, later=True)]
    n.till('go', 'art-3', 'GL-3', r1, '10.53.1.', 63, 'GALLERY', 'Kunst')
    real = dhcp(n, r1, '10.53.1.')
    w.sleep(3)
    clients = [dhcpcd(h) for h in hosts]
    w.sleep(9)
    for start in starts:
        start()
    w.sleep(55)
    rogue = w.host('repeater')
    w.plug(rogue, '10.53.1.253/24', r1)
    with w.fault('network_misconfiguration', 'a second DHCP server hands out 10.53.1.253 as the router', 'wrong-router', only=['GL-1', 'GL-2'], phase=lambda a: a['phase']):
        parts.signal_all(real, signal.SIGSTOP)
        wrong = parts.dnsmasq(rogue, '--port=0', '--interface=eth0', '--dhcp-range=10.53.1.61,10.53.1.69,2m', '--dhcp-option=3,10.53.1.253', f'--dhcp-option=6,{n.dns_ip}', '--dhcp-authoritative', '--log-dhcp',
                              *[f'--dhcp-host={mac},{ip}' for mac, ip in n.leases])
        w.sleep(85)
        parts.signal_all(wrong, signal.SIGTERM)
        parts.signal_all(real, signal.SIGCONT)
        for c in clients:
            os.kill(c.pid, signal.SIGHUP)
        w.sleep(8)
    w.sleep(60)


@story('two-devices-one-address', title='A new scale is given the address of a till',
       what='A till has a fixed address inside the range that Kea gives out. A scale is switched on, asks for an address (busybox udhcpc) and gets the till\'s; the router\'s answers go to whichever said the address last. '
            'A script of the till looks for doubles with arping -D.',
       expert='Kea leases the till\'s address to another hardware address just before the failures; arping on the till says that it answers; the router\'s neighbour entry flips between the two; only this till fails, now and then, in every phase.',
       packages=['kea-dhcp4-server', 'udhcpc', 'nginx-light', 'iputils-arping'], more=', iproute2 monitor, Go 1.26, axios 1.7.9')
def two_devices(w):
    n = Network(w, 'pay.market.example', gateway='mkt', gateway_ip='203.0.113.151')
    n.names()
    parts.authd(n.behind('mb1', 26), HTTP_LISTEN='0.0.0.0:8000')
    n.https('10.60.0.26:8000')
    r1, _ = n.site('mk-router', '10.54.1.', '100.89.2.2')
    r1.run('ip', '-ts', 'monitor', 'neigh', 'dev', 'br-lan', log='neighbours.log')
    w.sleep(2)
    host = n.till('go', 'stall-1', 'MK-1', r1, '10.54.1.', 61, 'SQUARE', 'Agora')
    n.till('node', 'stall-2', 'MK-2', r1, '10.54.1.', 12, 'SQUARE', 'Agora')
    n.till('go', 'stall-3', 'MK-3', r1, '10.54.1.', 13, 'SQUARE', 'Agora')
    n.leases.clear()
    dhcp(n, r1, '10.54.1.', pool=('61', '69'))
    host.run('sh', '-c', 'while sleep 15; do date "+%Y-%m-%d %H:%M:%S"; arping -D -c 2 -I eth0 10.54.1.61; done', log='duplicates.log')
    w.sleep(55)
    scale = w.host('scale')
    w.plug(scale, None, r1, mac='02:5c:a1:e0:00:09')
    scale.nft('table inet f { chain i { type filter hook input priority 0; tcp dport != 80 drop; udp dport != 68 drop; } }')
    script = scale.write('udhcpc.sh', '#!/bin/sh\n[ "$1" = bound ] && { ip addr add $ip/24 dev $interface; ip route add default via $router; }\nexit 0\n')
    os.chmod(os.path.join(scale.dir, 'udhcpc.sh'), 0o755)
    with w.fault('network_misconfiguration', 'a scale gets the address of MK-1 by DHCP and announces it again and again', 'address-conflict', only=['MK-1']):
        client = scale.run('busybox', 'udhcpc', '-f', '-i', 'eth0', '-s', script, log='udhcpc.log')
        w.sleep(4)
        job = scale.run('sh', '-c', 'while :; do arping -q -U -c 1 -I eth0 10.54.1.61; arping -q -A -c 1 -I eth0 10.54.1.61; sleep 0.2; done')
        w.sleep(80)
        parts.signal_all(job, signal.SIGTERM)
        parts.signal_all(client, signal.SIGTERM)
        scale.ip('link', 'set', 'eth0', 'down')
        host.do('arping', '-q', '-U', '-c', '3', '-I', 'eth0', '10.54.1.61')
    w.sleep(50)


@story('cable-flaps', title='A till\'s cable has a loose contact',
       what='The switch port of one till goes down for five seconds and up for four, over and over. dhcpcd on the till logs its carrier.',
       expert='"carrier lost" and "carrier acquired" of the till\'s own eth0 begin with its first failure and end with its last; both connects and answers run out; its neighbours are fine.',
       packages=['dhcpcd-base', 'kea-dhcp4-server', 'syslog-ng-core', 'nginx-light', 'gunicorn', 'php8.2-curl'], more=', httpx with loguru')
def cable_flaps(w):
    n = Network(w, 'pay.skate.example', gateway='skg', gateway_ip='203.0.113.152')
    n.names()
    parts.gunicorn(n.behind('sk1', 27))
    n.https('10.60.0.27:8000')
    r1, _ = n.site('sk-router', '10.55.7.', '100.89.3.2')
    w.sleep(2)
    host = w.host('rink-1')
    parts.syslog(host)
    n.till('python', 'rink-1', 'SK-1', r1, '10.55.7.', 61, 'RINK', 'IceNet', EVERY_SECS=2, RESPONSE_SECS=3, host=n.gateway_ip)
    n.till('php', 'rink-2', 'SK-2', r1, '10.55.7.', 62, 'RINK', 'IceNet')
    dhcpcd(host, 'noipv4', 'nodhcp')
    w.sleep(55)
    with w.fault('hardware_fault', 'the port of SK-1 is down 5 s and up 4 s, eight times', 'link-flap', only=['SK-1']):
        for _ in range(8):
            r1.ip('link', 'set', n.ended['rink-1'], 'down')
            w.sleep(5)
            r1.ip('link', 'set', n.ended['rink-1'], 'up')
            w.sleep(4)
    w.sleep(50)


@story('frames-damaged', title='A till\'s port damages packets',
       what='Two of three packets of one till arrive with a byte turned, as behind a bad port or cable; TCP throws them away. sar counts on the till, every five seconds.',
       expert='`isegerr/s` and `retrans/s` of this till\'s sar rise in these minutes and were zero before; its neighbours, through the same router and line, are fine: damage on this device\'s own link.',
       packages=['sysstat', 'nginx-light', 'bind9'], more=', Go 1.26')
def frames_damaged(w):
    n = Network(w, 'pay.circus.example', gateway='cig', gateway_ip='203.0.113.153')
    n.names()
    parts.authd(n.behind('ci1', 28), HTTP_LISTEN='0.0.0.0:8000')
    n.https('10.60.0.28:8000')
    r1, _ = n.site('ci-router', '10.56.1.', '100.89.4.2')
    bad = w.host('tent-1')
    port = w.line(bad, 'eth0', '10.56.9.2', r1, 'lan9', '10.56.9.1')
    bad.ip('route', 'add', 'default', 'via', '10.56.9.1')
    bad.resolver(n.dns_ip)
    w.sleep(2)
    parts.till(w, bad, 'go', 'CI-1', f'{n.gateway_ip}:443', 'TENT', 'Show', 'cig', ip='10.56.9.2', mac='02:c1:00:00:00:01', RESPONSE_SECS=5)
    bad.run('sar', '-n', 'TCP,ETCP', '5', log='sar.log', S_TIME_FORMAT='ISO')
    n.till('go', 'tent-2', 'CI-2', r1, '10.56.1.', 12, 'TENT', 'Show')
    n.till('go', 'tent-3', 'CI-3', r1, '10.56.1.', 13, 'TENT', 'Show', LOG='json')
    w.sleep(55)
    with w.fault('hardware_fault', 'two of three packets of CI-1\'s port have a byte turned', 'line-errors', only=['CI-1'], acceptable=['network_latency'], drain=2):
        port.shape(corrupt=0.68)
        w.sleep(85)
        port.shape()
    w.sleep(50)
