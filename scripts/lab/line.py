"""A line between two namespaces: line.py NS_A DEVICE_A NS_B DEVICE_B; a JSON object a line on stdin says how it behaves from now on."""
import ctypes
import fcntl
import heapq
import json
import os
import random
import select
import struct
import sys
import time

LIBC = ctypes.CDLL('libc.so.6', use_errno=True)
CLONE_NEWNET, TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x40000000, 0x400454CA, 1, 0x1000


def tun(ns, name):
    fd = os.open(f'/var/run/netns/{ns}', os.O_RDONLY)
    if LIBC.setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), 'setns')
    t = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(t, TUNSETIFF, struct.pack('16sH22x', name.encode(), IFF_TUN | IFF_NO_PI))
    os.close(fd)
    return t


def facts(p, up):
    proto, head = p[9], (p[0] & 15) * 4
    sport, dport = struct.unpack('!HH', p[head:head + 4]) if proto in (6, 17) and len(p) >= head + 4 else (0, 0)
    return dict(proto=proto, src='.'.join(map(str, p[12:16])), dst='.'.join(map(str, p[16:20])), sport=sport, dport=dport, size=len(p), up=up)


def main():
    ends = [tun(sys.argv[1], sys.argv[2]), tun(sys.argv[3], sys.argv[4])]
    print('ready', flush=True)
    how, drop = {}, None
    due, serial = [], 0
    free_at, last = [0.0, 0.0], [0.0, 0.0]
    chance = random.Random(7)
    buffered = b''
    while True:
        wait = None if not due else max(0.0, due[0][0] - time.monotonic())
        ready, _, _ = select.select([*ends, 0], [], [], wait)
        now = time.monotonic()
        if 0 in ready:
            got = os.read(0, 65536)
            if not got:
                return
            *lines, buffered = (buffered + got).split(b'\n')
            for line in lines:
                how = json.loads(line)
                drop = compile(how['drop'], 'drop', 'eval') if how.get('drop') else None
        for side in (0, 1):
            if ends[side] not in ready:
                continue
            for _ in range(64):
                try:
                    p = os.read(ends[side], 65536)
                except BlockingIOError:
                    break
                if not p or p[0] >> 4 != 4:
                    continue
                if chance.random() < how.get('loss', 0) or len(p) > how.get('mtu', 65536):
                    continue
                if drop and eval(drop, {}, facts(p, side == 0)):
                    continue
                if chance.random() < how.get('corrupt', 0) and len(p) > 60:
                    at = chance.randrange(40, len(p))
                    p = p[:at] + bytes([p[at] ^ 0x55]) + p[at + 1:]
                at = now + chance.uniform(*how.get('delay_secs', (0.004, 0.006)))
                rate = how.get('rate_bytes')
                if rate:
                    start = max(now, free_at[side])
                    if (start - now) * rate > how.get('queue_bytes', 64000):
                        continue
                    free_at[side] = start + len(p) / rate
                    at += free_at[side] - now
                at = last[side] = max(at, last[side])  # a line keeps the order
                serial += 1
                heapq.heappush(due, (at, serial, 1 - side, p))
        while due and due[0][0] <= now:
            _, _, to, p = heapq.heappop(due)
            try:
                os.write(ends[to], p)
            except OSError:
                pass


main()
