"""One story while it runs: its hosts, its faults with their times, its labels, and the folder it becomes."""
import contextlib
import datetime as dt
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

from net import Host, Line, sh

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join(HERE, '../../.cache/lab')


def stamp(t):
    return dt.datetime.fromtimestamp(t, dt.timezone.utc).strftime('%Y-%m-%dT%H:%M:%S.') + f'{int(t * 1000) % 1000:03d}Z'


NOT_INJECTED = dict(cause='unknown', mechanism=None, acceptable=['server_failure', 'application_conflict', 'network_latency'], phase=None)


class World:
    def __init__(self, name):
        self.name = name
        self.prefix = 'w' + format(abs(sum((i + 1) * ord(c) for i, c in enumerate(name))) % 46656, 'x')
        self.dir = tempfile.mkdtemp(prefix='lab-')
        os.chmod(self.dir, 0o755)
        self.hosts, self.lines, self.tills, self.faults, self.gateway_logs, self.zones = {}, [], [], [], [], {}
        self.devices = 0

    # -- the network ------------------------------------------------------
    def host(self, name, zone='UTC'):
        h = self.hosts[name] = Host(self, name, zone)
        if zone != 'UTC':
            self.zones[name] = zone
        return h

    def cable(self, a, ia, addr_a, b, ib, addr_b):
        """A veth pair; an address may be None (a port of a bridge)."""
        sh('ip', 'link', 'add', ia, 'netns', a.ns, 'type', 'veth', 'peer', 'name', ib, 'netns', b.ns)
        for h, i, addr in ((a, ia, addr_a), (b, ib, addr_b)):
            if addr:
                h.ip('addr', 'add', addr, 'dev', i)
                h.addresses.append(addr.split('/')[0])
            h.ip('link', 'set', i, 'up')

    def lan(self, router, address, device='br-lan'):
        router.ip('link', 'add', device, 'type', 'bridge')
        router.ip('addr', 'add', address, 'dev', device)
        router.addresses.append(address.split('/')[0])
        router.ip('link', 'set', device, 'up')

    def plug(self, host, address, router, gateway=None, device='eth0', mac=None, bridge='br-lan'):
        """A host on a router's LAN; `address` None leaves it to DHCP. Gives the router's port."""
        self.devices += 1
        port = f'lan{self.devices}'
        self.cable(host, device, None, router, port, None)
        router.ip('link', 'set', port, 'master', bridge)
        if mac:
            host.ip('link', 'set', device, 'down')
            host.ip('link', 'set', device, 'address', mac)
            host.ip('link', 'set', device, 'up')
        if address:
            host.ip('addr', 'add', address, 'dev', device)
            host.addresses.append(address.split('/')[0])
        if gateway:
            host.ip('route', 'add', 'default', 'via', gateway)
        return port

    def line(self, a, ia, addr_a, b, ib, addr_b):
        made = Line(self, (a, ia, addr_a), (b, ib, addr_b))
        a.addresses.append(addr_a)
        b.addresses.append(addr_b)
        self.lines.append(made)
        return made

    # -- what happens -----------------------------------------------------
    @contextlib.contextmanager
    def fault(self, cause, note, mechanism=None, only=None, acceptable=(), phase=None, drain=0.0, when=None):
        """`only`: the terminals it hits; `when`: a test on the attempt; `phase`: where it is known better than the client knows;
        `drain`: seconds that its backlog outlives it."""
        f = dict(cause=cause, note=note, mechanism=mechanism, acceptable=list(acceptable), start=time.time(), only=only, phase=phase, when=when)
        self.faults.append(f)
        try:
            yield f
        finally:
            f['end'] = time.time()
            f['until'] = f['end'] + drain

    def sleep(self, secs):
        time.sleep(secs)

    # -- the end ----------------------------------------------------------
    def stop(self):
        for h in self.hosts.values():
            for p in h.procs:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(p.pid, signal.SIGCONT)
                    os.killpg(p.pid, signal.SIGTERM)
        time.sleep(2)
        for h in self.hosts.values():
            for p in h.procs:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(p.pid, signal.SIGKILL)
                p.wait()
            # What daemons left behind in the namespace.
            for pid in sh('ip', 'netns', 'pids', h.ns, check=False).split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
        for l in self.lines:
            l.proc.stdin.close()
            l.proc.wait()
        for h in self.hosts.values():
            sh('ip', 'netns', 'del', h.ns, check=False)
            shutil.rmtree(h.etc, ignore_errors=True)

    def attempts(self):
        for h in self.hosts.values():
            path = os.path.join(h.dir, 'attempts.ndjson')
            if os.path.exists(path):
                for line in open(path):
                    with contextlib.suppress(ValueError):
                        yield json.loads(line)

    def label(self, a):
        for f in self.faults:
            if a['end'] < f['start'] or a['start'] > f['until']:
                continue
            if f['only'] is not None and a.get('terminal_id') not in f['only']:
                continue
            if f['when'] is not None and not f['when'](a):
                continue
            return f
        return None

    def truth(self):
        """A label for every attempt that ran out of time. Those that no fault explains (the machine that recorded was busy) are `unknown`, and given back apart too."""
        out, loose = [], []
        for a in [*self.attempts(), *self.gateway_attempts()]:
            if a['outcome'] != 'timeout':
                continue
            f = self.label(a)
            if f is None:
                loose.append(a)
                f = NOT_INJECTED
            phase = f['phase'] if f['phase'] and a['suffered_by'] == 'terminal' else a['phase']
            if callable(phase):
                phase = phase(a)
            out.append({'start': stamp(a['start']), 'end': stamp(a['end']), 'suffered_by': a['suffered_by'], 'terminal_id': a.get('terminal_id'),
                        'terminal_ip': a.get('terminal_ip'), 'server': a['server'], **({'stan': a['stan']} if a.get('stan') else {}),
                        'phase': phase, 'cause': f['cause'], 'acceptable': f['acceptable'], 'mechanism': f['mechanism']})
        return sorted(out, key=lambda t: (t['start'], t['suffered_by'], t['terminal_id'] or '')), loose

    def gateway_attempts(self):
        for read, host, path, *more in self.gateway_logs:
            full = os.path.join(self.hosts[host].dir, 'log', path)
            if os.path.exists(full):
                yield from read(open(full, errors='replace').read(), *more)

    def collect(self, target, story, keep_logs=None):
        """Writes the labelled folder: logs as they were written, inventory, truth, README."""
        truth, loose = self.truth()
        shutil.rmtree(target, ignore_errors=True)
        for h in self.hosts.values():
            for path in sorted(glob.glob(os.path.join(h.dir, 'log', '*'))):
                name = os.path.basename(path)
                if os.path.getsize(path) == 0 or (keep_logs and not keep_logs(h.name, name)):
                    continue
                os.makedirs(os.path.join(target, 'logs', h.name), exist_ok=True)
                data = open(path, 'rb').read()
                data = data.replace(os.uname().release.encode(), os.uname().release.split('-')[0].encode())
                for trace in (self.dir.encode(), f'{self.prefix}-'.encode()):
                    if trace in data:
                        print(f'{self.name}: trace of the machine in {h.name}/{name}')
                        data = data.replace(trace + b'/' + h.name.encode(), b'/srv').replace(trace, b'')
                with open(os.path.join(target, 'logs', h.name, name), 'wb') as f:
                    f.write(data)
        os.makedirs(target, exist_ok=True)
        columns = {'terminal_id': 'tid', 'ip': 'ip', 'mac': 'mac', 'site': 'site', 'isp': 'isp', 'model': 'model', 'merchant': 'merchant', 'gateway': 'gateway'}
        for left_out in story.get('unlisted', ()):
            del columns[left_out]
        if 'terminal_id' in columns:
            with open(os.path.join(target, 'inventory.csv'), 'w') as f:
                f.write(','.join(columns) + '\n' + ''.join(','.join(t[k] or '' for k in columns.values()) + '\n' for t in self.tills))
        with open(os.path.join(target, 'truth.ndjson'), 'w') as f:
            for t in truth:
                f.write(json.dumps(t) + '\n')
        with open(os.path.join(target, 'story.json'), 'w') as f:
            json.dump({'story': self.name, 'kind': story['kind'], 'injected': [{k: (stamp(v) if k in ('start', 'end') else v) for k, v in x.items() if k in
                       ('cause', 'mechanism', 'acceptable', 'start', 'end', 'note')} for x in self.faults], 'zones': self.zones,
                       'addresses': {h.name: h.addresses for h in self.hosts.values() if h.addresses}}, f, indent=1, ensure_ascii=False)
            f.write('\n')
        return truth, loose

    def versions(self):
        return {}


def packages(*names):
    """name version of Debian packages, for a story's README."""
    out = subprocess.run(['dpkg-query', '-W', '-f', '${Package} ${Version}\n', *names], capture_output=True, text=True).stdout
    return ', '.join(re.sub(r'^(\S+) (?:\d+:)?', r'\1 ', line) for line in out.splitlines())
