#!/usr/bin/env python3
"""Writes fixtures/incidents/friday-afternoon: one shop, one afternoon, three different causes.

The lines are made here, in the layouts that the named programs write (logback, Python logging, a Chinese terminal application in
GB18030, HAProxy httplog, dnsmasq, fping -D, iptables LOG, wget). Times, ports and durations come from a fixed seed, so that the
folder can be made again byte for byte. Run from the project's root: python3 scripts/make-friday-afternoon.py
"""
import datetime as dt
import os
import random
import json

R = random.Random(412)
UTC = dt.timezone.utc
LOCAL = dt.timezone(dt.timedelta(hours=8))
DAY = dt.datetime(2026, 3, 6, 14, 0, tzinfo=LOCAL)
OUT = 'fixtures/incidents/friday-afternoon'
GATEWAY_IP, WAN_IP, OTHER_WAN = '203.0.113.80', '198.51.100.41', '198.51.100.77'
TILLS = [('T041201', '192.168.12.21', '02:aa:12:00:00:21', 'till-1'), ('T041202', '192.168.12.22', '02:aa:12:00:00:22', 'till-2'), ('T041203', '192.168.12.23', '02:aa:12:00:00:23', 'till-3')]
FAULTS = {  # local minutes after 14:00
    'loss': (12, 19),       # the access line loses packets
    'update': (93, 99),     # till-2 downloads an update
    'firewall': (167, 174), # the router drops the payment port
}
logs = {}
truth = []


def put(path, at, text):
    logs.setdefault(path, []).append((at, len(logs.get(path, [])), text))


def fault(at):
    m = (at - DAY).total_seconds() / 60
    return next((n for n, (a, b) in FAULTS.items() if a <= m < b), None)


def local(at, fmt):
    return at.astimezone(LOCAL).strftime(fmt)


def ms(at):
    return f'{at.microsecond // 1000:03d}'


def secs(s):
    return dt.timedelta(seconds=s)


JAVA = """java.net.SocketTimeoutException: {what}
\tat java.base/sun.nio.ch.NioSocketImpl.{frame}(NioSocketImpl.java:{line})
\tat java.base/java.net.Socket.{call}
\tat com.shop.pos.Link.exchange(Link.java:88)"""


def haproxy(start, ip, port, tid, total, status='200', state='----', tr=None):
    end = start + secs(total / 1000)
    tr = tr if tr is not None else max(1, total - 12)
    put('gw/edge1/haproxy.log', end, f"{end.astimezone(UTC).strftime('%b')} {end.astimezone(UTC).day:2d} {end.astimezone(UTC).strftime('%H:%M:%S')} edge1 haproxy[871]: {ip}:{port} [{start.astimezone(UTC).strftime('%d/%b/%Y:%H:%M:%S')}.{ms(start)}] pay~ core/core1 0/0/2/{tr}/{total} {status} 214 - - {state} 7/6/2/1/0 0/0 {{{tid}}} \"POST /v2/sale HTTP/1.1\"")


def dns(at, ip, answered=True):
    stamp = local(at, '%b %e %H:%M:%S')
    put('shop/router/dnsmasq.log', at, f'{stamp} dnsmasq[611]: query[A] pay.example.net from {ip}')
    put('shop/router/dnsmasq.log', at, f'{stamp} dnsmasq[611]: forwarded pay.example.net to 203.0.113.53')
    if answered:
        a = at + secs(0.05)
        put('shop/router/dnsmasq.log', a, f"{local(a, '%b %e %H:%M:%S')} dnsmasq[611]: reply pay.example.net is {GATEWAY_IP}")


def sale(till, at, stan):
    tid, ip, mac, name = till
    f = fault(at)
    port = R.randint(30000, 60000)
    phase = None
    if f == 'loss' and R.random() < 0.8:
        phase = R.choice(['connect', 'connect', 'response'])
    elif f == 'update' and R.random() < 0.85:
        phase = R.choice(['connect', 'response'])
    elif f == 'firewall':
        phase = 'connect'
    limit = {'connect': 5.0, 'response': 8.0}.get(phase)
    slow = 4 if f in ('loss', 'update') else 1
    took = limit + R.uniform(0.002, 0.03) if phase else R.uniform(0.18, 0.42) * slow
    end = at + secs(took)
    dns(at, ip)
    if phase == 'connect':
        if f == 'firewall':
            for k in (0, 1.02, 3.05):
                t = at + secs(k + 0.01)
                put('shop/router/firewall.log', t, f"{local(t, '%b %e %H:%M:%S')} router kernel: [{(t - DAY).total_seconds() + 90000:.6f}] FORWARD-DROP IN=br0 OUT=pppoe0 MAC=02:aa:12:00:00:01:{mac}:08:00 SRC={ip} DST={GATEWAY_IP} LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID={R.randint(1, 65000)} DF PROTO=TCP SPT={port} DPT=9443 WINDOW=64240 RES=0x00 SYN URGP=0")
    elif phase == 'response':
        haproxy(at + secs(0.06), WAN_IP, port, tid, int(took * 1000) - 60, '-1', 'CH--')
    else:
        haproxy(at + secs(0.05), WAN_IP, port, tid, int(took * 1000) - 60)
    if name == 'till-1':
        put('shop/till-1/pos.log', at, f"{local(at, '%Y-%m-%d %H:%M:%S')}.{ms(at)} INFO  [sale-1] com.shop.pos.Link - sale begins tid={tid} stan={stan:06d} amount={R.uniform(3, 400):.2f} request sent to pay.example.net:9443")
        head = f"{local(end, '%Y-%m-%d %H:%M:%S')}.{ms(end)}"
        if phase:
            what = dict(what='Connect timed out', frame='timedFinishConnect', line=551, call='connect(Socket.java:633)') if phase == 'connect' else dict(what='Read timed out', frame='timedRead', line=288, call='getInputStream(Socket.java:1012)')
            put('shop/till-1/pos.log', end, f"{head} ERROR [sale-1] com.shop.pos.Link - sale failed tid={tid} stan={stan:06d} after {int(took * 1000)} ms\n{JAVA.format(**what)}")
        else:
            put('shop/till-1/pos.log', end, f"{head} INFO  [sale-1] com.shop.pos.Link - response rc=00 stan={stan:06d} elapsed={int(took * 1000)}ms")
    elif name == 'till-2':
        head = f"{local(end, '%Y-%m-%d %H:%M:%S')},{ms(end)}"
        if phase:
            err = f'TimeoutError: timed out' 
            frame = '    sock.connect(sa)' if phase == 'connect' else '    data = self.sock.recv(4096)'
            put('shop/till-2/till.log', end, f"{head} ERROR [till] sale failed tid={tid} stan={stan:06d} host=pay.example.net:9443 elapsed={int(took * 1000)}ms\nTraceback (most recent call last):\n  File \"/srv/till/link.py\", line 41, in exchange\n{frame}\n{err}")
        else:
            put('shop/till-2/till.log', end, f"{head} INFO [till] sale approved tid={tid} stan={stan:06d} rc=00 elapsed={int(took * 1000)}ms")
    else:
        head = f"[{local(end, '%Y-%m-%d %H:%M:%S')}.{ms(end)}]"
        if phase:
            why = '连接服务器超时' if phase == 'connect' else '等待应答超时'
            put('shop/till-3/terminal.log', end, f"{head} [错误] 交易失败 终端号={tid} 流水号={stan:06d} 前置=pay.example.net:9443 耗时={int(took * 1000)}ms {why}")
        else:
            put('shop/till-3/terminal.log', end, f"{head} [信息] 交易成功 终端号={tid} 流水号={stan:06d} 应答码=00 耗时={int(took * 1000)}ms")
    if phase:
        cause = {'loss': 'network_latency', 'update': 'application_conflict', 'firewall': 'firewall_restriction'}[f]
        truth.append(dict(start=at.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%S.') + ms(at) + 'Z', end=end.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%S.') + ms(end) + 'Z', suffered_by='terminal', terminal_id=tid, terminal_ip=ip, server=dict(host='pay.example.net', ip=GATEWAY_IP, port=9443), stan=f'{stan:06d}', phase=phase, cause=cause, acceptable=['network_latency'] if cause == 'application_conflict' else []))


def main():
    stan = {t[0]: R.randint(100, 9000) for t in TILLS}
    at0 = DAY + secs(5)
    put('shop/till-1/pos.log', at0, f"{local(at0, '%Y-%m-%d %H:%M:%S')}.{ms(at0)} INFO  [main] com.shop.pos.Main - pos 4.1.0 started tid=T041201 host=pay.example.net:9443 connectTimeout=5000 readTimeout=8000")
    put('shop/till-2/till.log', at0, f"{local(at0, '%Y-%m-%d %H:%M:%S')},{ms(at0)} INFO [till] till 2.0 starting tid=T041202 host=pay.example.net:9443 connect_timeout=5.0 read_timeout=8.0")
    put('shop/till-3/terminal.log', at0, f"[{local(at0, '%Y-%m-%d %H:%M:%S')}.{ms(at0)}] [信息] 终端程序启动 版本=7.2 终端号=T041203 前置=pay.example.net:9443 连接超时=5000ms 应答超时=8000ms")
    for till in TILLS:
        at = DAY + secs(R.uniform(20, 70))
        while at < DAY + secs(3 * 3600):
            stan[till[0]] += 1
            sale(till, at, stan[till[0]])
            at += secs(R.uniform(35, 95) if not fault(at) else R.uniform(25, 45))
    # A second shop on the same gateway, seen only there: fine all afternoon.
    at = DAY + secs(10)
    while at < DAY + secs(3 * 3600):
        haproxy(at, OTHER_WAN, R.randint(30000, 60000), f'T0977{R.randint(1, 4):02d}', R.randint(120, 300))
        at += secs(R.uniform(15, 40))
    # The line monitor, a probe every 20 s.
    at, n, lost = DAY, 0, 0
    while at < DAY + secs(3 * 3600):
        f = fault(at)
        gone = f == 'loss' and R.random() < 0.65 or f == 'update' and R.random() < 0.3
        rtt = R.uniform(380, 900) if f == 'update' else R.uniform(24, 41)
        lost += gone
        n += 1
        body = 'timed out' if gone else f'64 bytes, {rtt:.1f} ms'
        put('shop/router/wan-monitor.log', at, f'[{at.timestamp():.5f}] {GATEWAY_IP} : [{n - 1}], {body} (31.2 avg, {100 * lost // n}% loss)')
        at += secs(20)
    begin = DAY + secs(FAULTS['update'][0] * 60 - 8)
    for k in range(3):
        t = begin + secs(k * 118)
        put('shop/till-2/update.log', t, f"--{local(t, '%Y-%m-%d %H:%M:%S')}--  http://updates.example.org/till/2.1/part-{k + 1}.pkg\nConnecting to updates.example.org:80... connected.\nHTTP request sent, awaiting response... 200 OK\nLength: 48230400 (46M) [application/octet-stream]\nSaving to: 'part-{k + 1}.pkg'\n")
        e = t + secs(116)
        put('shop/till-2/update.log', e, f"{local(e, '%Y-%m-%d %H:%M:%S')} (406 KB/s) - 'part-{k + 1}.pkg' saved [48230400/48230400]\n")
    for path, lines in logs.items():
        name = path.split('/', 1)[1]
        target = os.path.join(OUT, 'logs', name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        text = '\n'.join(t for _, _, t in sorted(lines, key=lambda x: (x[0], x[1]))) + '\n'
        with open(target, 'wb') as out:
            out.write(text.encode('gb18030' if name.startswith('till-3') else 'utf-8'))
    with open(os.path.join(OUT, 'inventory.csv'), 'w') as out:
        out.write('terminal_id,ip,mac,site,isp,model,merchant,gateway\n')
        for tid, ip, mac, name in TILLS:
            out.write(f'{tid},{ip},{mac},SHOP-0412,NorthNet,P-{name[-1]}00,M{tid[1:5]},edge1\n')
    with open(os.path.join(OUT, 'truth.ndjson'), 'w') as out:
        for t in sorted(truth, key=lambda t: (t['start'], t['terminal_id'])):
            out.write(json.dumps(t) + '\n')


main()
