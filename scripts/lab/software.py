"""More software for stories: other gateways, name servers, proxies, tills and loggers than those of parts.py. Each function starts one program."""
import os
import shutil
import subprocess
import time

from world import BUILD, HERE
from parts import certificates, give_pki

JAVA = ('java', '-Xmx48m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1')


# -- tills -----------------------------------------------------------------
def copy(host, *names):
    folder = os.path.join(host.dir, 'till')
    os.makedirs(folder, exist_ok=True)
    for name in names:
        shutil.copy(os.path.join(HERE, name), folder)
    return folder


def modules(folder):
    if not os.path.exists(os.path.join(folder, 'node_modules')):
        os.symlink(os.path.join(os.path.realpath(BUILD), 'node/node_modules'), os.path.join(folder, 'node_modules'))


def perl(host, log, **env):
    copy(host, 'tills/till.pl')
    return host.run('perl', '/srv/till/till.pl', log=log or 'kasse.log', **env)


def perl_line(host, log, **env):
    copy(host, 'tills/till.pl')
    return host.run('perl', '/srv/till/till.pl', MODE='line', **env)


def ash(host, log, **env):
    copy(host, 'tills/till.sh')
    return host.run('busybox', 'ash', '/srv/till/till.sh', log=log or 'pos.log', **env)


def aio(host, log, **env):
    copy(host, 'tills/till_aio.py')
    return host.run('/usr/bin/python3', '/srv/till/till_aio.py', log=log or 'pos.json', PYTHONPATH=os.path.join(os.path.realpath(BUILD), 'python'), PYTHONUNBUFFERED=1, **env)


def got(host, log, **env):
    modules(copy(host, 'tills/got.mjs'))
    return host.run('node', '--preserve-symlinks', '--preserve-symlinks-main', '/srv/till/got.mjs', log=log or 'checkout.log', **env)


def java5(host, log, **env):
    folder = copy(host)
    for d in ('lib5', 'classes5'):
        shutil.copytree(os.path.join(BUILD, 'java', d), os.path.join(folder, d), dirs_exist_ok=True)
    return host.run(*JAVA, '-Djavax.net.ssl.trustStore=/srv/etc/ca.p12', '-Djavax.net.ssl.trustStorePassword=changeit', '-cp', '/srv/till/classes5:/srv/till/lib5/*', 'Till5', log=log or 'sale-client.log', **env)


def resty(host, log, **env):
    shutil.copy(os.path.join(BUILD, 'till-resty'), os.path.join(copy(host), 'register'))
    return host.run('/srv/till/register', log=log or 'register.json', **env)


TILLS = {'perl': perl, 'perl-line': perl_line, 'ash': ash, 'aio': aio, 'got': got, 'java5': java5, 'resty': resty}


# -- gateways and hosts ----------------------------------------------------
def node_host(host, log='auth-host.log', **env):
    folder = copy(host, 'servers/host.mjs')
    modules(folder)
    return host.run('node', '--preserve-symlinks', '--preserve-symlinks-main', '/srv/till/host.mjs', log=log, **env)


def pki(n):
    certificates(n.w, n.pay, n.gateway_ip)
    give_pki(n.w, n.gw)


def caddy(n, upstream, dial='3s', answer='6s', style='json', cert='/srv/etc/cert.pem /srv/etc/key.pem'):
    pki(n)
    conf = n.gw.write('etc/Caddyfile', f"""{{
  admin off
  auto_https off
  skip_install_trust
  log {{
    output file /srv/log/caddy.log
    format {style}
  }}
}}
https://{n.pay}, https://{n.gateway_ip} {{
  tls {cert}
  log {{
    output file /srv/log/access.log
    format {style}
  }}
  reverse_proxy {upstream} {{
    transport http {{
      dial_timeout {dial}
      response_header_timeout {answer}
    }}
  }}
}}
""")
    return n.gw.run('caddy', 'run', '--config', conf, '--adapter', 'caddyfile', log='../run/caddy.out', XDG_DATA_HOME='/srv/run', XDG_CONFIG_HOME='/srv/run')


def hitch_varnish(n, upstream, connect='2.5s', answer='6s'):
    """hitch ends TLS, Varnish hands sales on; varnishncsa and varnishlog write what they saw."""
    pki(n)
    ip, port = upstream.split(':')
    vcl = n.gw.write('etc/default.vcl', f"""vcl 4.1;
backend acquirer {{ .host = "{ip}"; .port = "{port}"; .connect_timeout = {connect}; .first_byte_timeout = {answer}; }}
sub vcl_recv {{ return (pass); }}
sub vcl_backend_fetch {{ set bereq.http.Connection = "close"; }}
""")
    os.chmod(os.path.join(n.gw.dir, 'run'), 0o777)
    n.gw.run('varnishd', '-F', '-j', 'none', '-n', '/srv/run/v', '-f', vcl, '-s', 'malloc,16m', '-l', '8m', '-a', '127.0.0.1:6081', '-a', '127.0.0.1:6086,PROXY', '-T', 'none', '-p', 'thread_pools=1', '-p', 'thread_pool_min=20', log='varnishd.log')
    time.sleep(8)
    n.gw.run('varnishncsa', '-n', '/srv/run/v', '-F', '%h %l %u %t "%r" %s %b "%{User-agent}i" %D %{X-Terminal}i', log='varnishncsa.log')
    n.gw.run('varnishlog', '-n', '/srv/run/v', '-g', 'request', '-q', 'FetchError', log='varnishlog.txt')
    conf = n.gw.write('etc/hitch.conf', 'frontend = { host = "*" port = "443" }\nbackend = "[127.0.0.1]:6086"\npem-file = "/srv/etc/both.pem"\nwrite-proxy-v2 = on\nworkers = 1\ndaemon = off\nuser = "nobody"\nlog-level = 1\nlog-filename = "/srv/log/hitch.log"\n')
    return n.gw.run('hitch', f'--config={conf}')


def nghttpx(n, upstream, connect=3, answer=6):
    pki(n)
    ip, port = upstream.split(':')
    return n.gw.run('nghttpx', '--conf=/dev/null', '--frontend=*,443', f'--backend={ip},{port}', '--workers=1', '--no-ocsp', f'--backend-connect-timeout={connect}s', f'--backend-read-timeout={answer}s', '--pid-file=/srv/run/n.pid',
                    '--errorlog-file=/srv/log/nghttpx-error.log', '--accesslog-file=/srv/log/nghttpx-access.log', '--accesslog-format=$remote_addr [$time_iso8601] "$request" $status $body_bytes_sent rt=$request_time up=$backend_host:$backend_port term=$http_x_terminal',
                    '--log-level=NOTICE', '/srv/etc/key.pem', '/srv/etc/cert.pem')


def lighttpd(n, upstream, plain=8088):
    pki(n)
    ip, port = upstream.split(':')
    conf = n.gw.write('etc/lighttpd.conf', f"""server.modules = ("mod_proxy", "mod_accesslog", "mod_openssl")
server.document-root = "/srv/run"
server.port = {plain}
server.errorlog = "/srv/log/lighttpd-error.log"
accesslog.filename = "/srv/log/lighttpd-access.log"
accesslog.format = "%h %V %u %t \\"%r\\" %>s %b \\"%{{User-Agent}}i\\" %D"
server.upload-dirs = ("/srv/run")
$SERVER["socket"] == ":443" {{ ssl.engine = "enable" ssl.pemfile = "/srv/etc/cert.pem" ssl.privkey = "/srv/etc/key.pem" }}
proxy.server = ( "" => (( "host" => "{ip}", "port" => {port} )) )
""")
    return n.gw.run('lighttpd', '-D', '-f', conf)


# -- around it -------------------------------------------------------------
def nsd(n, log='nsd.log', **more):
    zone = n.pay.split('.', 1)[1]
    records = {'ns': n.dns_ip, n.pay.split('.')[0]: n.gateway_ip, **more}
    n.dns.write('etc/zone', f'$ORIGIN {zone}.\n$TTL 5\n@ IN SOA ns root 1 60 60 60 5\n@ IN NS ns\n' + ''.join(f'{k} IN A {v}\n' for k, v in records.items()))
    conf = n.dns.write('etc/nsd.conf', f'server:\n  server-count: 1\n  username: ""\n  chroot: ""\n  zonesdir: "/srv/etc"\n  database: ""\n  pidfile: "/srv/run/nsd.pid"\n  xfrdfile: "/srv/run/xfrd"\n  zonelistfile: "/srv/run/zl"\n  xfrdir: "/srv/run"\n  logfile: "/srv/log/{log}"\n  verbosity: 2\n'
                       f'remote-control:\n  control-enable: no\nzone:\n  name: "{zone}"\n  zonefile: "zone"\n')
    return n.dns.run('nsd', '-d', '-c', conf)


def recursor(host, listen, upstream, *more, log='pdns_recursor.log'):
    return host.run('pdns_recursor', '--config-dir=/srv/run', '--daemon=no', '--disable-syslog=yes', '--write-pid=no', f'--local-address={listen}', f'--forward-zones-recurse=.={upstream}', '--allow-from=0.0.0.0/0', '--dnssec=off', '--threads=1', '--quiet=no', '--loglevel=6',
                    '--socket-dir=/srv/run', '--max-cache-ttl=15', '--packetcache-ttl=2', '--hint-file=no', *more, log=log)


def rsyslog(host, name='messages', template='RSYSLOG_TraditionalFileFormat'):
    if not os.path.exists('/dev/log'):
        open('/dev/log', 'w').close()
    conf = host.write('etc/rsyslog.conf', f'module(load="imuxsock" SysSock.Use="off")\ninput(type="imuxsock" Socket="/srv/run/devlog" UsePIDFromSystem="off")\nglobal(workDirectory="/srv/run")\n*.* action(type="omfile" file="/srv/log/{name}" template="{template}")\n')
    proc = host.run('rsyslogd', '-n', '-f', conf, '-i', '/srv/run/rsyslog.pid')
    for _ in range(100):
        if os.path.exists(os.path.join(host.dir, 'run/devlog')):
            break
        time.sleep(0.1)
    os.chmod(os.path.join(host.dir, 'run/devlog'), 0o666)
    return proc


def ulogd_syslog(host, group=1, plugin='SYSLOG', log='firewall.log'):
    """ulogd in its plugins that parts.py leaves out: to the host's syslog, or OPRINT to a file."""
    p = '/usr/lib/x86_64-linux-gnu/ulogd/ulogd_'
    end = 'print1:PRINTPKT,sys1:SYSLOG' if plugin == 'SYSLOG' else 'op1:OPRINT'
    conf = host.write('etc/ulogd.conf', '[global]\nlogfile="/srv/run/ulogd.self"\nloglevel=3\n' + ''.join(f'plugin="{p}{x}.so"\n' for x in ('inppkt_NFLOG', 'raw2packet_BASE', 'filter_IFINDEX', 'filter_IP2STR', 'filter_PRINTPKT', f'output_{"SYSLOG" if plugin == "SYSLOG" else "OPRINT"}')) +
                      f'stack=log1:NFLOG,base1:BASE,ifi1:IFINDEX,ip2str1:IP2STR,{end}\n[log1]\ngroup={group}\n[sys1]\nfacility=LOG_KERN\nlevel=LOG_INFO\n[op1]\nfile="/srv/log/{log}"\nsync=1\n')
    return host.run('ulogd', '-c', conf)


def keepalived(host, device, vrid, priority, vip, state, refresh=0):
    conf = host.write('etc/keepalived.conf', f"""global_defs {{
  router_id {host.name}
  {f'vrrp_garp_master_refresh {refresh}' if refresh else ''}
}}
vrrp_instance LAN {{
  state {state}
  interface {device}
  virtual_router_id {vrid}
  priority {priority}
  advert_int 1
  virtual_ipaddress {{
    {vip}/24 dev {device}
  }}
}}
""")
    return host.run('keepalived', '-n', '-l', '-D', '-P', '-f', conf, '-p', '/srv/run/k.pid', '-r', '/srv/run/v.pid', log='keepalived.log')


def netplugd(host, device):
    """netplug watches a card's link and tells the host's syslog."""
    return host.run('netplugd', '-P', '-c', '/dev/null', '-i', device, '-s', '/bin/true', '-p', '/srv/run/netplugd.pid')


def squid(host, port, dns, descriptors):
    conf = host.write('etc/squid.conf', f"""http_port {port}
acl shop src 10.0.0.0/8
http_access allow shop
http_access deny all
cache deny all
max_filedescriptors {descriptors}
dns_nameservers {dns}
access_log stdio:/srv/log/access.log squid
cache_log /srv/log/cache.log
pid_filename /srv/run/squid.pid
coredump_dir /srv/run
visible_hostname {host.name}
netdb_filename none
cache_effective_user proxy
shutdown_lifetime 1 seconds
pinger_enable off
""")
    return host.run('sh', '-c', f'mount -t tmpfs none /dev/shm; exec squid -N -f {conf}')


def with_cpu_share(world, name, quota_us):
    """A group that holds programs to `quota_us` of each 100 ms; gives the function that puts a program in."""
    group = f'/sys/fs/cgroup/cpu/{world.prefix}-{name}'
    os.makedirs(group, exist_ok=True)
    put = lambda f, v: open(os.path.join(group, f), 'w').write(str(v))
    put('cpu.cfs_period_us', 100000)
    put('cpu.cfs_quota_us', quota_us)
    return lambda proc: put('cgroup.procs', proc.pid)
