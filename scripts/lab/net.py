"""Hosts as network namespaces, and lines between them that lose, delay and hold back packets.

tc's netem is not needed: a line is a pair of tun devices with a process between them (line.py) that forwards packets as it is told to.
"""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def sh(*args, check=True):
    done = subprocess.run([str(a) for a in args], capture_output=True, text=True)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, args))}: {done.stderr.strip()}")
    return done.stdout


class Line:
    """A point-to-point line between two hosts, shaped in user space."""

    def __init__(self, world, a, b):
        self.world, self.a, self.b = world, a, b
        (ha, ia, aa), (hb, ib, ab) = a, b
        self.proc = subprocess.Popen([sys.executable, os.path.join(HERE, 'line.py'), ha.ns, ia, hb.ns, ib],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.proc.stdout.readline()
        for (h, i, addr), (_, _, peer) in ((a, b), (b, a)):
            h.ip('addr', 'add', addr, 'peer', peer, 'dev', i)
            h.ip('link', 'set', i, 'up')

    def shape(self, **how):
        """loss: share; delay_secs: [least, most]; rate_bytes: per second; queue_bytes; mtu; corrupt: share; drop: expression over
        proto, src, dst, sport, dport, size, up (from the first host to the second). Nothing: a clean line."""
        self.proc.stdin.write(json.dumps(how) + '\n')
        self.proc.stdin.flush()


class Host:
    """A machine: namespace, host name, zone, a folder that it sees as /srv, with its logs in /srv/log."""

    def __init__(self, world, name, zone):
        self.world, self.name, self.zone = world, name, zone
        self.ns = f'{world.prefix}-{name}'
        self.dir = os.path.join(world.dir, name)
        self.addresses = []
        self.procs = []
        os.makedirs(os.path.join(self.dir, 'log'), exist_ok=True)
        os.makedirs(os.path.join(self.dir, 'run'), exist_ok=True)
        os.chmod(self.dir, 0o777)
        os.chmod(os.path.join(self.dir, 'log'), 0o777)
        os.chmod(os.path.join(self.dir, 'run'), 0o777)
        sh('ip', 'netns', 'del', self.ns, check=False)
        sh('ip', 'netns', 'add', self.ns)
        etc = f'/etc/netns/{self.ns}'
        os.makedirs(etc, exist_ok=True)
        self.etc = etc
        self.write_etc('hosts', '127.0.0.1 localhost\n')
        self.write_etc('resolv.conf', '')
        self.ip('link', 'set', 'lo', 'up')
        for k in ('all', 'default'):
            self.sysctl(f'net.ipv4.conf.{k}.rp_filter', 0)
            self.sysctl(f'net.ipv6.conf.{k}.disable_ipv6', 1)
        self.sysctl('net.ipv4.ping_group_range', '0 2147483647')

    def ip(self, *args, check=True):
        return sh('ip', '-n', self.ns, *args, check=check)

    def sysctl(self, key, value):
        sh('ip', 'netns', 'exec', self.ns, 'sysctl', '-qw', f'{key}={value}')

    def write_etc(self, name, text):
        with open(os.path.join(self.etc, name), 'w') as f:
            f.write(text)

    def resolver(self, *servers, options=''):
        self.write_etc('resolv.conf', ''.join(f'nameserver {s}\n' for s in servers) + (f'options {options}\n' if options else ''))

    def write(self, path, text):
        full = os.path.join(self.dir, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, 'w') as f:
            f.write(text)
        return '/srv/' + path

    def nft(self, text):
        done = subprocess.run(['ip', 'netns', 'exec', self.ns, 'nft', '-f', '-'], input=text.replace('} }', '}\n}'), text=True, capture_output=True)
        if done.returncode != 0:
            raise RuntimeError(f'nft: {done.stderr}')

    def forwards(self, wan=None, **nat):
        """Makes it a router; with `wan`, one that hides its LAN behind that device's address."""
        self.sysctl('net.ipv4.ip_forward', 1)
        if wan:
            self.nft(f'table ip nat {{ chain post {{ type nat hook postrouting priority 100; oifname "{wan}" masquerade{nat.get("to", "")}; }} }}')

    def wrap(self, args, user=None):
        """The command line that runs `args` on this host: its namespace, its name, its /srv and /dev/log."""
        setup = f'hostname {self.name}; mount --bind {self.dir} /srv; '
        if os.path.exists(os.path.join(self.dir, 'run/devlog')):
            setup += 'mount --bind /srv/run/devlog /dev/log; '
        run = f'exec setpriv --reuid={user} --regid={user} --clear-groups "$@"' if user else 'exec "$@"'
        return ['ip', 'netns', 'exec', self.ns, 'unshare', '--uts', '--mount', 'sh', '-c', setup + 'cd /srv; ' + run, 'sh', *map(str, args)]

    def run(self, *args, log=None, user=None, **env):
        """Starts a program; what it prints goes to its log."""
        out = open(os.path.join(self.dir, 'log', log), 'ab') if log else subprocess.DEVNULL
        full = {'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME': '/srv', 'TZ': self.zone, 'LANG': 'C.UTF-8',
                **{k: str(v) for k, v in env.items()}}
        proc = subprocess.Popen(self.wrap(args, user), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env=full, start_new_session=True)
        self.procs.append(proc)
        return proc

    def do(self, *args, check=False, **env):
        """Runs a program to its end and gives what it said."""
        done = subprocess.run(self.wrap(args), stdin=subprocess.DEVNULL, capture_output=True, text=True, env={**os.environ, 'TZ': self.zone, **env})
        if check and done.returncode != 0:
            raise RuntimeError(f'{self.name}: {args}: {done.stdout}{done.stderr}')
        return done.stdout + done.stderr
