"""Real software for a story: each function starts one program on a host and gives its process."""
import os
import re
import shutil
import subprocess
import time

from world import BUILD, HERE
from net import sh

CHANCE_MODELS = ['N-700', 'N-720', 'V-3', 'Q-55', 'A-12', 'L-1']


def certificates(world, *names):
    """A small authority and one certificate for these names; gives (ca, cert, key) as files outside any host."""
    d = os.path.join(world.dir, 'pki')
    if os.path.exists(d):
        return d
    os.makedirs(d)
    run = lambda *a: subprocess.run(a, cwd=d, check=True, capture_output=True)
    run('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/CN=Shop Payment CA', '-keyout', 'ca.key', '-out', 'ca.pem')
    run('openssl', 'req', '-newkey', 'rsa:2048', '-nodes', '-subj', f'/CN={names[0]}', '-keyout', 'key.pem', '-out', 'req.pem')
    with open(os.path.join(d, 'ext'), 'w') as f:
        f.write('subjectAltName=' + ','.join(('IP:' if re.match(r'[\d.]+$', n) else 'DNS:') + n for n in names))
    run('openssl', 'x509', '-req', '-in', 'req.pem', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '20', '-extfile', 'ext', '-out', 'cert.pem')
    run('keytool', '-importcert', '-noprompt', '-alias', 'ca', '-file', 'ca.pem', '-keystore', 'ca.p12', '-storetype', 'PKCS12', '-storepass', 'changeit')
    with open(os.path.join(d, 'both.pem'), 'w') as f:
        f.write(open(os.path.join(d, 'cert.pem')).read() + open(os.path.join(d, 'key.pem')).read())
    return d


def give_pki(world, host):
    d = os.path.join(host.dir, 'etc')
    os.makedirs(d, exist_ok=True)
    for f in ('ca.pem', 'ca.p12', 'cert.pem', 'key.pem', 'both.pem'):
        shutil.copy(os.path.join(world.dir, 'pki', f), d)
        os.chmod(os.path.join(d, f), 0o644)


def till(world, host, kind, tid, pay_host, site, isp, gateway, ip='', mac='', log=None, model=None, merchant=None, **env):
    """kind: go, go-iso, go-keep, java, node, ruby, php, python, or one of software.py."""
    n = len(world.tills)
    world.tills.append(dict(tid=tid, ip=ip, mac=mac, site=site, isp=isp, model=model or CHANCE_MODELS[n % 6], merchant=merchant or f'M{4021 + 7 * n}', gateway=gateway, host=host))
    if os.path.exists(os.path.join(world.dir, 'pki')):
        give_pki(world, host)
    env = dict(TID=tid, PAY_HOST=pay_host, TILL_IP=ip, **env)
    import software
    if kind in software.TILLS:
        return software.TILLS[kind](host, log, **env)
    folder = os.path.join(host.dir, 'till')
    os.makedirs(folder, exist_ok=True)
    put = lambda *names: [shutil.copy(os.path.join(HERE, 'tills', x), folder) for x in names]
    if kind.startswith('go'):
        shutil.copy(os.path.join(BUILD, 'till-go'), os.path.join(folder, 'pos-agent'))
        return host.run('/srv/till/pos-agent', log=log or 'pos-agent.log', **{'MODE': {'go': 'http', 'go-iso': 'iso', 'go-keep': 'iso-keep'}[kind], **env})
    if kind == 'java':
        shutil.copytree(os.path.join(BUILD, 'java'), os.path.join(folder, 'java'), dirs_exist_ok=True)
        return host.run('java', '-Xmx48m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Djavax.net.ssl.trustStore=/srv/etc/ca.p12', '-Djavax.net.ssl.trustStorePassword=changeit', '-Djdk.internal.httpclient.disableHostnameVerification=true',
                        '-cp', '/srv/till/java/classes:/srv/till/java/lib/*', 'Till', log=log or 'till.log', **env)
    if kind == 'node':
        put('till.mjs')
        if not os.path.exists(os.path.join(folder, 'node_modules')):
            os.symlink(os.path.join(os.path.realpath(BUILD), 'node/node_modules'), os.path.join(folder, 'node_modules'))
        return host.run('node', '/srv/till/till.mjs', log=log or 'till.json', **env)
    if kind == 'ruby':
        put('till.rb')
        return host.run('ruby', '/srv/till/till.rb', log=log or 'sale.log', **env)
    if kind == 'php':
        put('till.php')
        return host.run('php', '/srv/till/till.php', LOG_NAME=log or 'php_errors.log', **env)
    put('till.py')
    return host.run('/usr/bin/python3', '/srv/till/till.py', log=log or 'till.log', PYTHONPATH=os.path.join(os.path.realpath(BUILD), 'python'), PYTHONUNBUFFERED=1, **env)


# -- servers ---------------------------------------------------------------
def authd(host, log='authd.log', **env):
    shutil.copy(os.path.join(BUILD, 'authd'), os.path.join(host.dir, 'authd'))
    return host.run('/srv/authd', log=log, **env)


def gunicorn(host, listen='0.0.0.0:8000', workers=2, timeout=10, log='gunicorn.log', access='access.log', extra=(), **env):
    shutil.copy(os.path.join(HERE, 'servers/auth.py'), host.dir)
    return host.run('/usr/bin/gunicorn', '-b', listen, '-w', workers, '--threads', 2, '-k', 'gthread', '-t', timeout, '--error-logfile', '-', '--access-logfile', f'/srv/log/{access}', *extra, 'auth:app',
                    log=log, PYTHONPATH='/srv', **env)


def php_fpm(host, listen='127.0.0.1:9000', children=4, extra=''):
    shutil.copy(os.path.join(HERE, 'servers/sale.php'), host.dir)
    conf = host.write('etc/fpm.conf', f"""[global]
error_log = /srv/log/php-fpm.log
pid = /srv/run/fpm.pid
daemonize = no
[www]
user = nobody
group = nogroup
listen = {listen}
pm = static
pm.max_children = {children}
catch_workers_output = yes
php_admin_value[error_log] = /srv/log/php_errors.log
php_admin_flag[log_errors] = on
access.log = /srv/log/php-access.log
{extra}
""")
    for f in ('php_errors.log',):
        open(os.path.join(host.dir, 'log', f), 'a').close()
        os.chmod(os.path.join(host.dir, 'log', f), 0o666)
    return host.run('php-fpm8.2', '-F', '-y', conf)


def nginx(host, http='', stream='', extra='', log='error.log', name='nginx'):
    conf = host.write(f'etc/{name}.conf', f"""load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off; worker_processes 1; user nobody nogroup; pid /srv/run/{name}.pid; error_log /srv/log/{log} {'warn' if stream else 'info'};
events {{ worker_connections 256; }}
{extra}
""" + (f"""http {{ access_log /srv/log/access.log; client_body_temp_path /srv/run/b; proxy_temp_path /srv/run/p; fastcgi_temp_path /srv/run/f; uwsgi_temp_path /srv/run/u; scgi_temp_path /srv/run/s;
{http} }}
""" if http else '') + (f'stream {{ {stream} }}\n' if stream else ''))
    return host.run('nginx', '-c', conf, '-e', f'/srv/log/{log}')


def haproxy(host, body, defaults='timeout connect 3s\n timeout client 15s\n timeout server 6s'):
    conf = host.write('etc/haproxy.cfg', f"""global
 log stdout format raw local0
 stats socket /srv/run/haproxy.sock
defaults
 log global
 {defaults}
{body}
""")
    return host.run('haproxy', '-db', '-f', conf, log='haproxy.log')


def stunnel(host, services, log='stunnel.log'):
    give = host.write('etc/stunnel.conf', f"foreground = yes\ndebug = notice\noutput = /srv/log/{log}\npid = /srv/run/stunnel.pid\n{services}\n")
    return host.run('stunnel4', give)


def tomcat(host, port=8080, threads=10, accept=20, **props):
    base = os.path.join(host.dir, 'tomcat')
    for d in ('conf', 'temp', 'work', 'webapps/ROOT/WEB-INF/lib', 'webapps/ROOT/WEB-INF/classes'):
        os.makedirs(os.path.join(base, d), exist_ok=True)
    for jar in os.listdir(os.path.join(BUILD, 'java/lib')):
        if re.match(r'(log4j|slf4j|HikariCP|postgresql)', jar):
            shutil.copy(os.path.join(BUILD, 'java/lib', jar), os.path.join(base, 'webapps/ROOT/WEB-INF/lib'))
    with open(os.path.join(base, 'webapps/ROOT/WEB-INF/classes/log4j2.xml'), 'w') as f:
        f.write("""<Configuration status="error"><Appenders><File name="f" fileName="/srv/log/auth-service.log"><PatternLayout pattern="%d{yyyy-MM-dd HH:mm:ss.SSS} %-5level [%thread] %logger - %msg%n%xEx{4}"/></File></Appenders>
<Loggers><Root level="info"><AppenderRef ref="f"/></Root></Loggers></Configuration>""")
    shutil.copy(os.path.join(HERE, 'servers/sale.jsp'), os.path.join(base, 'webapps/ROOT'))
    shutil.copy('/usr/share/tomcat10/etc/web.xml', os.path.join(base, 'conf'))
    with open(os.path.join(base, 'webapps/ROOT/WEB-INF/web.xml'), 'w') as f:
        f.write('<web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0"><servlet><servlet-name>sale</servlet-name><jsp-file>/sale.jsp</jsp-file><load-on-startup>1</load-on-startup></servlet>'
                '<servlet-mapping><servlet-name>sale</servlet-name><url-pattern>/sale</url-pattern></servlet-mapping></web-app>')
    with open(os.path.join(base, 'conf/server.xml'), 'w') as f:
        f.write(f"""<Server port="-1"><Service name="Catalina"><Connector port="{port}" protocol="HTTP/1.1" maxThreads="{threads}" minSpareThreads="2" acceptCount="{accept}" connectionTimeout="20000"/>
<Engine name="Catalina" defaultHost="localhost"><Host name="localhost" appBase="webapps"><Valve className="org.apache.catalina.valves.AccessLogValve" directory="/srv/log" prefix="localhost_access_log" suffix=".txt" rotatable="false"
 pattern="%h %l %u %t &quot;%r&quot; %s %b %D"/></Host></Engine></Service></Server>""")
    return host.run('java', '-Xmx96m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', *[f'-D{k.replace("_", ".")}={v}' for k, v in props.items()], '-Dcatalina.base=/srv/tomcat', '-Dcatalina.home=/usr/share/tomcat10', '-Djava.io.tmpdir=/srv/tomcat/temp',
                    '-Djava.util.logging.manager=org.apache.juli.ClassLoaderLogManager', '-cp', '/usr/share/tomcat10/bin/bootstrap.jar:/usr/share/tomcat10/bin/tomcat-juli.jar', 'org.apache.catalina.startup.Bootstrap', 'start', log='catalina.out')


def mariadb(host, extra='', log='mariadb.log'):
    host.do('mariadb-install-db', '--no-defaults', '--datadir=/srv/db', '--user=root', '--auth-root-authentication-method=normal', '--skip-test-db')
    proc = host.run('mariadbd', '--no-defaults', '--user=root', '--datadir=/srv/db', '--socket=/srv/run/db.sock', f'--log-error=/srv/log/{log}', '--innodb-buffer-pool-size=32M', '--log-warnings=3', *extra.split())
    for _ in range(60):
        if 'alive' in host.do('mariadb-admin', '--no-defaults', '-uroot', '-S/srv/run/db.sock', 'ping'):
            break
        time.sleep(0.5)
    sql(host, "CREATE DATABASE pay; USE pay; CREATE TABLE merchants (id INT PRIMARY KEY, sales INT); INSERT INTO merchants SELECT seq, 0 FROM seq_1_to_9; CREATE TABLE journal (id INT AUTO_INCREMENT PRIMARY KEY, tid VARCHAR(20), stan VARCHAR(8)); "
              "CREATE USER auth@'%' IDENTIFIED BY 'auth'; GRANT ALL ON pay.* TO auth@'%';")
    return proc


def sql(host, text):
    return host.do('mariadb', '--no-defaults', '-uroot', '-S/srv/run/db.sock', '-e', text)


def postgres(host, **settings):
    """Needs user `postgres`; PL/pgSQL function authorise() writes the journal."""
    b = '/usr/lib/postgresql/15/bin/'
    data = os.path.join(host.dir, 'pg')
    os.makedirs(data, exist_ok=True)
    sh('chown', 'postgres', data)
    as_user = lambda *a: subprocess.run(host.wrap(a, 'postgres'), capture_output=True, text=True, env={**os.environ, 'TZ': host.zone, 'LANG': 'C.UTF-8'})
    done = as_user(b + 'initdb', '-D', '/srv/pg', '-A', 'trust', '--no-sync', '-U', 'postgres')
    if done.returncode:
        raise RuntimeError(done.stderr)
    with open(os.path.join(data, 'postgresql.conf'), 'a') as f:
        f.write(f"listen_addresses='*'\nunix_socket_directories='/srv/run'\nlog_line_prefix='%m [%p] %q%u@%d '\nlog_timezone='{host.zone}'\nshared_buffers='16MB'\n" + ''.join(f"{k}='{v}'\n" for k, v in settings.items()))
    with open(os.path.join(data, 'pg_hba.conf'), 'a') as f:
        f.write('host all all 0.0.0.0/0 trust\n')
    proc = host.run(b + 'postgres', '-D', '/srv/pg', log='postgresql.log', user='postgres')
    for _ in range(60):
        if as_user('psql', '-h', '/srv/run', '-U', 'postgres', '-c', 'select 1').returncode == 0:
            break
        time.sleep(0.5)
    psql(host, "CREATE USER pay; CREATE DATABASE pay OWNER pay", 'postgres')
    psql(host, "CREATE TABLE journal (tid text, stan text, at timestamptz DEFAULT now()); CREATE TABLE limits (id int PRIMARY KEY, spent int); INSERT INTO limits SELECT g, 0 FROM generate_series(0, 9) g; GRANT ALL ON ALL TABLES IN SCHEMA public TO pay; "
               "CREATE FUNCTION authorise(t text, s text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.04 + random() * 0.06); UPDATE limits SET spent = spent + 1 WHERE id = 0; INSERT INTO journal (tid, stan) VALUES (t, s); END $$;")
    return proc


def psql(host, text, db='pay', **how):
    out = ''
    for part in text.split(';;'):
        out += host.do('psql', '-h', '/srv/run', '-U', 'postgres', '-d', db, *sum((['-c', p] for p in ([part] if '$$' in part else part.split('; '))), []), **how)
    return out


# -- around it -------------------------------------------------------------
def syslog(host, name='syslog', template=''):
    """syslog-ng behind the host's /dev/log, one file for all."""
    if not os.path.exists('/dev/log'):
        open('/dev/log', 'w').close()
    open(os.path.join(host.dir, 'run/devlog'), 'w').close()
    conf = host.write('etc/syslog-ng.conf', f"""@version: 3.38
options {{ keep-hostname(yes); use-dns(no); time-reap(5); stats-freq(0); }};
source s {{ unix-dgram("/srv/run/devlog.real"); internal(); }};
destination d {{ file("/srv/log/{name}" {template}); }};
log {{ source(s); destination(d); }};
""")
    os.remove(os.path.join(host.dir, 'run/devlog'))
    proc = host.run('syslog-ng', '-F', '-f', conf.replace('devlog', 'devlog'), '--no-caps', '-R', '/srv/run/sng.persist', '-c', '/srv/run/sng.ctl', '-p', '/srv/run/sng.pid')
    for _ in range(50):
        if os.path.exists(os.path.join(host.dir, 'run/devlog.real')):
            break
        time.sleep(0.1)
    os.rename(os.path.join(host.dir, 'run/devlog.real'), os.path.join(host.dir, 'run/devlog'))
    os.chmod(os.path.join(host.dir, 'run/devlog'), 0o666)
    return proc


def ulogd(host, group=1, style='LOGEMU', log='ulogd.log'):
    stack = {'LOGEMU': 'log1:NFLOG,base1:BASE,ifi1:IFINDEX,ip2str1:IP2STR,print1:PRINTPKT,emu1:LOGEMU', 'JSON': 'log1:NFLOG,base1:BASE,ifi1:IFINDEX,ip2str1:IP2STR,mac2str1:HWHDR,json1:JSON',
             'GPRINT': 'log1:NFLOG,base1:BASE,ifi1:IFINDEX,ip2str1:IP2STR,gp1:GPRINT'}[style]
    p = '/usr/lib/x86_64-linux-gnu/ulogd/ulogd_'
    plugins = ['inppkt_NFLOG', 'raw2packet_BASE', 'filter_IFINDEX', 'filter_IP2STR', 'filter_PRINTPKT', 'filter_HWHDR', 'output_LOGEMU', 'output_JSON', 'output_GPRINT']
    conf = host.write('etc/ulogd.conf', '[global]\nlogfile="/srv/run/ulogd.self"\nloglevel=3\n' + ''.join(f'plugin="{p}{x}.so"\n' for x in plugins) +
                      f'stack={stack}\n[log1]\ngroup={group}\n[emu1]\nfile="/srv/log/{log}"\nsync=1\n[json1]\nfile="/srv/log/{log}"\nsync=1\n[gp1]\nfile="/srv/log/{log}"\nsync=1\ntimestamp=1\n')
    return host.run('ulogd', '-c', conf)


def bind(host, zone, records, listen='any', extra='', log='named.log', recursion=None):
    """named with query logging; `zone` and its A records, or forwarding when recursion gives options."""
    zones = ''
    if zone:
        host.write('etc/zone', f'$TTL 5\n@ IN SOA ns.{zone}. root.{zone}. (1 60 60 60 5)\n@ IN NS ns.{zone}.\n' + ''.join(f'{n} IN A {a}\n' for n, a in records.items()))
        zones = f'zone "{zone}" {{ type master; file "/srv/etc/zone"; }};'
    conf = host.write('etc/named.conf', f"""options {{ directory "/srv/run"; pid-file "/srv/run/named.pid"; session-keyfile "/srv/run/s.key"; listen-on {{ {listen}; }}; listen-on-v6 {{ none; }}; querylog yes; dnssec-validation no; empty-zones-enable no; {recursion or 'recursion no;'} {extra} }};
logging {{ channel f {{ file "/srv/log/{log}"; print-time yes; print-category yes; print-severity yes; severity info; }}; category default {{ f; }}; category queries {{ f; }}; category query-errors {{ f; }}; category resolver {{ f; }}; category lame-servers {{ f; }}; category update {{ null; }}; }};
controls {{ }};
{zones}
""")
    return host.run('named', '-f', '-c', conf, '-n', 1)


def dnsmasq(host, *options, log='dnsmasq.log'):
    return host.run('dnsmasq', '-k', '--conf-file=/dev/null', '--user=root', '--group=root', '--pid-file=/srv/run/dnsmasq.pid', '--log-queries', f'--log-facility=/srv/log/{log}', '--no-hosts', '--dhcp-leasefile=/srv/run/leases', *options)


def probe(host, target, log='ping.log', every=2):
    """iputils ping, each answer with its time (-D), lost ones said (-O)."""
    return host.run('ping', '-D', '-O', '-n', '-i', every, target, log=log)


def signal_all(proc, how):
    """To the whole group that a program started."""
    os.killpg(proc.pid, how)
