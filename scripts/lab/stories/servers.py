"""Stories in which the server's side fails: its database, its processes, its host, its operating system, its neighbours."""
import os
import signal

import parts
import readers
from network import Network
from story import teller

STORIES = {}
story = teller(STORIES)


@story('merchants-table-locked', title='A job keeps the merchants table locked',
       what='Flask under gunicorn writes to MariaDB, Apache stands in front. A nightly job locks a table and works for a minute and a quarter; every sale waits for it.',
       expert='`mariadb-slow.log` has UPDATEs with a Lock_time of many seconds that end together when the job ends, gunicorn gets its requests but answers late or is stopped ("WORKER TIMEOUT"), Apache says AH01102 while reading the status line; both shops fail together: database, server side.',
       packages=['apache2-bin', 'gunicorn', 'mariadb-server', 'python3-flask', 'php8.2-curl', 'bind9'], more=', Go 1.26, httpx with structlog')
def merchants_table_locked(w):
    n = Network(w, 'api.acquire.example', gateway='www1', gateway_ip='203.0.113.140')
    n.names()
    db = n.behind('db1', 40)
    parts.mariadb(db, '--slow-query-log --long-query-time=2 --slow-query-log-file=/srv/log/mariadb-slow.log')
    app = n.behind('app1', 30)
    parts.gunicorn(app, workers=3, timeout=30, DB='10.60.0.40')
    parts.certificates(w, n.pay)
    parts.give_pki(w, n.gw)
    conf = n.gw.write('etc/apache.conf', '''ServerRoot /etc/apache2
PidFile /srv/run/a.pid
Listen 443
User nobody
Group nogroup
ServerName api.acquire.example
ErrorLog /srv/log/apache-error.log
''' + ''.join(f'LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so\n' for m in ('mpm_event', 'authz_core', 'proxy', 'proxy_http', 'ssl', 'socache_shmcb')) + '''
LogFormat "%h %l %u %t \\"%r\\" %>s %O \\"%{Referer}i\\" \\"%{User-Agent}i\\" %D" t
CustomLog /srv/log/apache-access.log t
Mutex file:/srv/run
SSLEngine on
SSLCertificateFile /srv/etc/cert.pem
SSLCertificateKeyFile /srv/etc/key.pem
ProxyPass / http://10.60.0.30:8000/ connectiontimeout=3 timeout=6
''')
    n.gw.run('apache2', '-DFOREGROUND', '-f', conf)
    w.gateway_logs.append((readers.apache_error, 'www1', 'apache-error.log', ('10.60.0.30', 8000)))
    r1, _ = n.site('ro-sud', '172.20.1.', '100.66.1.2')
    r2, _ = n.site('ro-est', '172.20.2.', '100.66.2.2')
    w.sleep(2)
    n.till('php', 'caisse1', 'FR-3301', r1, '172.20.1.', 11, 'SUD', 'Orbit', RESPONSE_SECS=5)
    n.till('python', 'caisse2', 'FR-3302', r1, '172.20.1.', 12, 'SUD', 'Orbit', RESPONSE_SECS=8, LOG='structlog')
    n.till('go', 'caisse3', 'FR-3401', r2, '172.20.2.', 13, 'EST', 'Orbit', RESPONSE_SECS=5, LOG='json')
    w.sleep(55)
    with w.fault('server_failure', 'a job holds LOCK TABLES merchants WRITE', 'database-stuck', drain=25):
        parts.sql(db, 'USE pay; LOCK TABLES merchants WRITE; SELECT SLEEP(75); UNLOCK TABLES;')
    w.sleep(50)


@story('connection-pool-empty', title='A report holds a row, the pool of connections runs empty',
       what='A JSP in Tomcat takes its connections from HikariCP to PostgreSQL. A report updates the limits row and leaves its transaction open for 70 s; the three connections of the pool wait for it.',
       expert='PostgreSQL says "still waiting for ShareLock/ExclusiveLock" with the waiting processes, the service logs "AuthPool - Connection is not available, request timed out", nginx\'s upstream timeouts and all tills fall in the same minute.',
       packages=['tomcat10', 'postgresql-15', 'nginx-light', 'ruby', 'bind9'], more=', HikariCP 5.1.0, Log4j 2.24, axios 1.7.9, Java 17')
def connection_pool_empty(w):
    n = Network(w, 'pay.grocer.example', gateway='lb7', gateway_ip='192.0.2.130', dns_ip='198.18.9.53')
    n.names()
    db = n.behind('pg1', 45, zone='Europe/Berlin')
    parts.postgres(db, log_lock_waits='on', deadlock_timeout='1s', log_min_duration_statement='3000')
    app = n.behind('cat1', 31, zone='Europe/Berlin')
    parts.tomcat(app, **{'db_host': '10.60.0.45', 'db_pool': 3, 'db_wait': 9000})
    n.https('10.60.0.31:8080', read=7)
    r1, _ = n.site('router-a', '10.33.1.', '100.72.1.2', zone='Europe/Berlin')
    w.sleep(12)
    n.till('node', 'till-a1', '88120001', r1, '10.33.1.', 41, 'WEST', 'DE-Net', RESPONSE_SECS=5, LOG='text')
    n.till('ruby', 'till-a2', '88120002', r1, '10.33.1.', 42, 'WEST', 'DE-Net', RESPONSE_SECS=10)
    n.till('java', 'till-a3', '88120003', r1, '10.33.1.', 43, 'WEST', 'DE-Net', RESPONSE_SECS=5, WORDS='zh')
    w.sleep(55)
    with w.fault('server_failure', 'a report\'s transaction keeps the limits row for 70 s', 'database-stuck', drain=25):
        parts.psql(db, "DO $$ BEGIN UPDATE limits SET spent = 0 WHERE id = 0; PERFORM pg_sleep(70); END $$")
    w.sleep(50)


@story('jvm-stands-still', title='The Java service is stopped and later goes on',
       what='The Tomcat of one of two shops\' service is frozen (SIGSTOP) behind HAProxy, without a health check, and goes on after a minute.',
       expert='HAProxy\'s sH with Tr=-1 for one backend only, whose host still completes connects at once (Tc 0-1); Tomcat\'s access log has a hole and then a burst of requests with a minute of `%D`: the process stood still. The other backend\'s tills are fine.',
       packages=['haproxy', 'tomcat10', 'php8.2-curl', 'bind9'], more=', Java 17, Go 1.26')
def jvm_stands_still(w):
    n = Network(w, 'pos.fuel.example', gateway='hap1', gateway_ip='203.0.113.201')
    n.names()
    one, two = n.behind('svc-a', 51), n.behind('svc-b', 52)
    a = parts.tomcat(one)
    parts.authd(two, HTTP_LISTEN='0.0.0.0:8080')
    parts.certificates(w, n.pay)
    parts.give_pki(w, n.gw)
    parts.haproxy(n.gw, '''frontend tls
 bind :443 ssl crt /srv/etc/both.pem
 mode http
 option httplog
 capture request header X-Terminal len 12
 use_backend fleet if { req.hdr(X-Terminal) -m beg F }
 default_backend shop
backend fleet
 mode http
 server svc-a 10.60.0.51:8080
backend shop
 mode http
 server svc-b 10.60.0.52:8080
''')
    w.gateway_logs.append((readers.haproxy, 'hap1', 'haproxy.log', {'svc-a': ('10.60.0.51', 8080), 'svc-b': ('10.60.0.52', 8080)}))
    r1, _ = n.site('rt-oak', '10.90.3.', '100.73.3.2')
    w.sleep(10)
    n.till('java', 'pump-1', 'F-101', r1, '10.90.3.', 11, 'OAK', 'Rural', RESPONSE_SECS=8)
    n.till('php', 'pump-2', 'F-102', r1, '10.90.3.', 12, 'OAK', 'Rural', RESPONSE_SECS=5)
    n.till('go', 'shop-1', 'S-101', r1, '10.90.3.', 13, 'OAK', 'Rural', RESPONSE_SECS=5)
    w.sleep(55)
    with w.fault('server_failure', 'SIGSTOP to the Tomcat of svc-a', 'process-paused', only=['F-101', 'F-102'], drain=3):
        parts.signal_all(a, signal.SIGSTOP)
        w.sleep(60)
        parts.signal_all(a, signal.SIGCONT)
    w.sleep(50)


@story('host-loses-its-cable', title='The host behind the TLS tunnel drops off the network',
       what='Go tills send messages through stunnel on the gateway to a host whose switch port goes down for a minute.',
       expert='stunnel says "TIMEOUTconnect exceeded" for the host\'s address again and again, tills reach the gateway (TLS is done) and wait for answers; the host\'s own log has a hole without a restart: it is not reachable behind the gateway.',
       packages=['stunnel4', 'dnsmasq-base'], more=', Go 1.26')
def host_loses_its_cable(w):
    n = Network(w, 'tun.issuer.example', gateway='tls3', gateway_ip='198.51.100.180')
    parts.dnsmasq(n.dns, '--no-resolv', f'--address=/tun.issuer.example/{n.gateway_ip}', '--local=/example/')
    host = n.behind('core9', 77)
    parts.authd(host, TCP_LISTEN='0.0.0.0:9100', HTTP_LISTEN='0.0.0.0:9180')
    parts.certificates(w, n.pay)
    parts.give_pki(w, n.gw)
    parts.stunnel(n.gw, '''[sale]
accept = 443
connect = 10.60.0.77:9180
cert = /srv/etc/both.pem
TIMEOUTconnect = 2
[admin]
accept = 9443
connect = 10.60.0.1:9
cert = /srv/etc/both.pem
''')
    w.gateway_logs.append((readers.stunnel, 'tls3', 'stunnel.log', 2, ('10.60.0.77', 9180)))
    r1, _ = n.site('ap-lake', '10.14.1.', '100.74.1.2')
    r2, _ = n.site('ap-town', '10.14.2.', '100.74.2.2')
    w.sleep(2)
    n.till('go', 'lake-1', '7100-1', r1, '10.14.1.', 51, 'LAKE', 'Uplink', RESPONSE_SECS=1.6)
    n.till('go', 'town-1', '7100-2', r2, '10.14.2.', 52, 'TOWN', 'Uplink', RESPONSE_SECS=1.6)
    n.till('node', 'town-2', '7100-3', r2, '10.14.2.', 53, 'TOWN', 'Uplink', RESPONSE_SECS=5)
    w.sleep(55)
    with w.fault('server_failure', 'the switch port of the host is down', 'upstream-host-down', acceptable=['hardware_fault'], drain=1):
        n.gw.ip('link', 'set', n.inner_ports['core9'], 'nomaster')
        w.sleep(60)
        n.gw.ip('link', 'set', n.inner_ports['core9'], 'master', 'eth1')
    w.sleep(50)


@story('descriptors-used-up', title='A monitor that never closes uses up the server\'s descriptors',
       what='The Go server may open 48 files. A monitoring box opens a connection every second and closes none; accept fails with EMFILE, new tills connect to the kernel\'s queue and get no answer.',
       expert='"accept4: too many open files" in the server\'s log from the first failure on and not before; tills connect at once and run out waiting; it ends when the monitor is stopped.',
       packages=['dnsmasq-base', 'socat'], more=', Go 1.26')
def descriptors_used_up(w):
    n = Network(w, 'iso.transit.example', gateway='edge5', gateway_ip='203.0.113.55')
    parts.dnsmasq(n.dns, '--no-resolv', f'--address=/iso.transit.example/{n.gateway_ip}', '--local=/example/')
    import shutil
    shutil.copy(os.path.join(parts.BUILD, 'authd'), os.path.join(n.gw.dir, 'authd'))
    n.gw.run('prlimit', '--nofile=48:48', '/srv/authd', log='authd.log', TCP_LISTEN='0.0.0.0:6100')
    r1, _ = n.site('bus-depot', '10.77.1.', '100.75.1.2')
    r2, _ = n.site('bus-north', '10.77.2.', '100.75.2.2')
    w.sleep(2)
    for i, (r, lan, site) in enumerate(((r1, '10.77.1.', 'DEPOT'), (r1, '10.77.1.', 'DEPOT'), (r2, '10.77.2.', 'NORTH'))):
        n.till('go-iso', f'gate-{i + 1}', f'TB40{i}', r, lan, 20 + i, site, 'Metro', port=6100, RESPONSE_SECS=4)
    w.sleep(60)
    nms = n.behind('nms', 90)
    hold = [nms.run('socat', '-u', 'TCP:10.60.0.1:6100', 'OPEN:/dev/null') for _ in range(46)]
    with w.fault('tcpip_stack', 'the monitor holds 46 connections, the server may open 48 files', 'descriptors-exhausted', acceptable=['server_failure'], drain=2):
        w.sleep(70)
        for p in hold:
            parts.signal_all(p, signal.SIGTERM)
    w.sleep(50)


@story('listen-queue-overflows', title='A batch of connections overflows a short listen queue',
       what='The payment service has one synchronous gunicorn worker and a listen queue of 2. A loyalty batch opens connections faster than they are served; the kernel drops SYNs. `ss` and `nstat` are logged every five seconds.',
       expert='TcpExtListenOverflows and ListenDrops grow in the snapshots of these minutes only, Recv-Q of port 8000 stands above Send-Q, tills time out in connect while those that get in are answered: the server\'s accept queue.',
       packages=['gunicorn', 'iproute2', 'bind9', 'php8.2-curl'], more=', Go 1.26')
def listen_queue_overflows(w):
    n = Network(w, 'pay.bakery.example', gateway='srv1', gateway_ip='203.0.113.66')
    n.names()
    parts.certificates(w, n.pay)
    parts.give_pki(w, n.gw)
    n.gw.sysctl('net.core.somaxconn', 2)
    n.gw.sysctl('net.ipv4.tcp_syncookies', 0)
    n.gw.sysctl('net.ipv4.tcp_max_syn_backlog', 4)
    parts.gunicorn(n.gw, listen='0.0.0.0:8443', workers=1, timeout=30, extra=('-k', 'sync', '--backlog', '2', '--certfile', '/srv/etc/cert.pem', '--keyfile', '/srv/etc/key.pem'))
    n.gw.run('sh', '-c', 'while sleep 5; do date "+%Y-%m-%d %H:%M:%S"; nstat -asz TcpExtListenOverflows TcpExtListenDrops TcpPassiveOpens TcpRetransSegs; done', log='nstat.log')
    n.gw.run('sh', '-c', 'while sleep 5; do date "+%Y-%m-%d %H:%M:%S"; ss -ltn; done', log='ss.log')
    r1, _ = n.site('cpe-1', '10.55.1.', '100.76.1.2')
    w.sleep(2)
    n.till('go', 'brot-1', 'B5001', r1, '10.55.1.', 11, 'ALT', 'Stadtnetz', port=8443, RESPONSE_SECS=8)
    n.till('php', 'brot-2', 'B5002', r1, '10.55.1.', 12, 'ALT', 'Stadtnetz', port=8443, RESPONSE_SECS=8)
    n.till('python', 'brot-3', 'B5003', r1, '10.55.1.', 13, 'ALT', 'Stadtnetz', port=8443, RESPONSE_SECS=8)
    w.sleep(65)
    box = n.behind('loyalty', 91)
    with w.fault('tcpip_stack', 'a loyalty batch keeps 12 slow connections open to a queue of 2', 'syn-backlog-full', acceptable=['server_failure'], drain=8):
        batch = box.run('sh', '-c', 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do (while :; do timeout 4 socat -u TCP:10.60.0.1:8443 OPEN:/dev/null; done) & done; wait')
        w.sleep(65)
        parts.signal_all(batch, signal.SIGTERM)
    w.sleep(50)


@story('port-taken-by-another', title='After a restart another program has the payment port',
       what='The message server is restarted for an update; a stock agent on the same machine has bound TCP 7300 meanwhile. Its supervisor restarts it in vain for 70 s; what listens accepts and never answers.',
       expert='"bind: address already in use" again and again from the server, right after its restart; tills connect at once and get no answer; when the stock agent is stopped the server starts and all is well.',
       packages=['dnsmasq-base', 'socat'], more=', Go 1.26')
def port_taken_by_another(w):
    n = Network(w, 'host.clinic.example', gateway='acq2', gateway_ip='198.51.100.90')
    parts.dnsmasq(n.dns, '--no-resolv', f'--address=/host.clinic.example/{n.gateway_ip}', '--local=/example/')
    n.gw.write('run.sh', 'while :; do date "+%Y/%m/%d %H:%M:%S supervisor: starting authd"; /srv/authd; date "+%Y/%m/%d %H:%M:%S supervisor: authd exited with status $?"; sleep 6; done\n')
    import shutil
    shutil.copy(os.path.join(parts.BUILD, 'authd'), os.path.join(n.gw.dir, 'authd'))
    server = n.gw.run('sh', '/srv/run.sh', log='authd.log', TCP_LISTEN='0.0.0.0:7300')
    r1, _ = n.site('cl-gw1', '10.61.1.', '100.77.1.2')
    w.sleep(2)
    for i in range(3):
        n.till('go-iso', f'desk-{i + 1}', f'CL70{i}', r1, '10.61.1.', 31 + i, 'CLINIC', 'MedNet', port=7300, RESPONSE_SECS=4)
    w.sleep(55)
    with w.fault('application_conflict', 'a stock agent has bound the payment port', 'port-taken', acceptable=['server_failure'], drain=6):
        n.gw.do('sh', '-c', 'for p in $(ss -ltnpH sport = :7300 | grep -o "pid=[0-9]*" | cut -d= -f2 | sort -u); do kill $p; done')
        agent = n.gw.run('socat', '-d', '-d', '-lf/srv/log/stock-agent.log', '-u', 'TCP-LISTEN:7300,reuseaddr,fork', 'OPEN:/dev/null')
        w.sleep(70)
        parts.signal_all(agent, signal.SIGTERM)
    w.sleep(65)


@story('archive-job-eats-the-cpu', title='An archive job takes the processor of the payment server',
       what='On a small machine (a twenty-fifth of a core) gunicorn answers sales; an archive job starts gzip on many files. pidstat watches both.',
       expert='pidstat shows gzip at the machine\'s whole share from the minute of the first failure to the last and gunicorn starved; durations rise before the first timeout and fall after.',
       packages=['gunicorn', 'sysstat', 'gzip', 'nginx-light', 'ruby'], more=', Go 1.26')
def archive_job_eats_the_cpu(w):
    n = Network(w, 'pay.museum.example', gateway='web3', gateway_ip='203.0.113.33')
    n.names()
    app = n.behind('box1', 15)
    group = f'/sys/fs/cgroup/cpu/{w.prefix}-box'
    os.makedirs(group, exist_ok=True)
    put = lambda f, v: open(os.path.join(group, f), 'w').write(str(v))
    put('cpu.cfs_period_us', 100000)
    
    def inside(*args, **how):
        proc = app.run(*args, **how)
        put('cgroup.procs', proc.pid)
        return proc

    import shutil
    shutil.copy(os.path.join(parts.HERE, 'servers/auth.py'), app.dir)
    inside('/usr/bin/gunicorn', '-b', '0.0.0.0:8000', '-w', 1, '--threads', 4, '-k', 'gthread', '--error-logfile', '-', '--access-logfile', '/srv/log/access.log', 'auth:app', log='gunicorn.log', PYTHONPATH='/srv')
    n.https('10.60.0.15:8000', read=7)
    r1, _ = n.site('mus-gw', '10.62.1.', '100.78.1.2')
    w.sleep(8)
    put('cpu.cfs_quota_us', 4000)
    pids = open(f'{group}/cgroup.procs').read().split()
    watch = app.run('pidstat', '-u', '-p', ','.join(pids), '5', log='pidstat.log')
    n.till('go', 'tk-1', 'MU01', r1, '10.62.1.', 11, 'MUSEUM', 'CityFibre', RESPONSE_SECS=5)
    n.till('ruby', 'tk-2', 'MU02', r1, '10.62.1.', 12, 'MUSEUM', 'CityFibre', RESPONSE_SECS=5)
    n.till('python', 'tk-3', 'MU03', r1, '10.62.1.', 13, 'MUSEUM', 'CityFibre', RESPONSE_SECS=5)
    w.sleep(55)
    with w.fault('application_conflict', 'gzip jobs beside the service on a twenty-fifth of a core', 'cpu-hog', acceptable=['server_failure'], drain=10):
        jobs = [inside('sh', '-c', 'exec gzip -9 -c /dev/urandom > /dev/null') for _ in range(70)]
        w.sleep(1)
        parts.signal_all(watch, signal.SIGTERM)
        watch = app.run('pidstat', '-u', '-p', ','.join(pids + [str(j.pid) for j in jobs[:4]]), '5', log='pidstat.log')
        w.sleep(75)
        for j in jobs:
            parts.signal_all(j, signal.SIGTERM)
    w.sleep(60)
