"""The usual shape of a story: sites with tills behind routers, providers' lines, a gateway, hosts behind it, name servers."""
import hashlib

import parts


class Network:
    def __init__(self, world, pay, gateway='edge', gateway_ip='203.0.113.20', dns_ip='192.0.2.53', dns='ns1', inner='10.60.0.'):
        self.w, self.pay, self.gateway_ip, self.dns_ip, self.inner = world, pay, gateway_ip, dns_ip, inner
        self.core = world.host('core')
        self.core.forwards()
        self.gw = world.host(gateway)
        net = gateway_ip.rsplit('.', 1)[0]
        world.cable(self.core, 'to-gw', f'{net}.1/24', self.gw, 'eth0', f'{gateway_ip}/24')
        self.gw.ip('route', 'add', 'default', 'via', f'{net}.1')
        world.lan(self.gw, f'{inner}1/24', 'eth1')
        self.gw.forwards()
        self.dns = None
        if dns:
            self.dns = world.host(dns)
            net = dns_ip.rsplit('.', 1)[0]
            world.cable(self.core, 'to-dns', f'{net}.1/24', self.dns, 'eth0', f'{dns_ip}/24')
            self.dns.ip('route', 'add', 'default', 'via', f'{net}.1')
        self.inner_ports = {}
        self.ended, self.leases = {}, []

    def behind(self, name, last, zone='UTC'):
        """A host behind the gateway."""
        h = self.w.host(name, zone)
        self.inner_ports[name] = self.w.plug(h, f'{self.inner}{last}/24', self.gw, f'{self.inner}1', bridge='eth1')
        return h

    def https(self, upstream, connect=3, read=6, http='', location='', port=443, header=60):
        """nginx that ends TLS and hands sales on to `upstream` (ip:port)."""
        import readers
        parts.certificates(self.w, self.pay, self.gateway_ip)
        parts.give_pki(self.w, self.gw)
        if not self.w.gateway_logs:
            self.w.gateway_logs += [(readers.nginx_error, self.gw.name, 'error.log', connect, read), (readers.nginx_client, self.gw.name, 'error.log', self.gateway_ip, header)]
        return parts.nginx(self.gw, http=f"""client_header_timeout {header}s; {http} server {{ listen {port} ssl; server_name {self.pay}; ssl_certificate /srv/etc/cert.pem; ssl_certificate_key /srv/etc/key.pem;
      location / {{ {location} proxy_pass http://{upstream}; proxy_connect_timeout {connect}s; proxy_read_timeout {read}s; }} }}""")

    def names(self, **more):
        """BIND that knows the gateway's name."""
        zone = self.pay.split('.', 1)[1]
        return parts.bind(self.dns, zone, {'ns': self.dns_ip, self.pay.split('.')[0]: self.gateway_ip, **more})

    def site(self, router, lan, wan, device='wan0', zone='UTC', nat=True):
        """A site's router; gives (router, line to the core)."""
        r = self.w.host(router, zone)
        self.w.lan(r, f'{lan}1/24')
        core_side = wan.rsplit('.', 1)[0] + '.1'
        line = self.w.line(r, device, wan, self.core, f'c{len(self.w.lines)}', core_side)
        r.ip('route', 'add', 'default', 'via', core_side)
        r.forwards(device if nat else None)
        if not nat:
            self.core.ip('route', 'add', f'{lan}0/24', 'via', wan)
        r.resolver(self.dns_ip)
        return r, line

    def till(self, kind, name, tid, router, lan, last, site, isp, port=443, host=None, resolver=None, zone=None, address=True, options='', later=False, **env):
        """A till on a site's LAN; gives its host, or with `later` a function that starts its program and gives it."""
        h = self.w.hosts.get(name) or self.w.host(name, zone or router.zone)
        mac = '02:' + ':'.join(f'{b:02x}' for b in hashlib.md5(f'{name} {tid}'.encode()).digest()[:5])
        ip = f'{lan}{last}'
        self.ended[name] = self.w.plug(h, f'{ip}/24' if address else None, router, f'{lan}1' if address else None, mac=mac)
        h.resolver(*(resolver or [self.dns_ip]), options=options)
        self.leases.append((mac, ip))

        def start():
            parts.till(self.w, h, kind, tid, f'{host or self.pay}:{port}', site, isp, self.gw.name, ip=ip, mac=mac, **env)
            return h

        return start if later else start()
