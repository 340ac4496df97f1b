"""A till in Python: httpx, loguru (or structlog with LOG=structlog)."""
import json
import os
import random
import ssl
import sys
import time

import httpx

tid, host = os.environ['TID'], os.environ['PAY_HOST']
name, port = host.split(':')
every = float(os.environ.get('EVERY_SECS', 4))
connect, response = float(os.environ.get('CONNECT_SECS', 3)), float(os.environ.get('RESPONSE_SECS', 5))
if os.environ.get('LOG') == 'structlog':
    import structlog
    structlog.configure(processors=[structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt='iso'), structlog.processors.KeyValueRenderer(key_order=['timestamp', 'level', 'event'])])
    base = structlog.get_logger().bind(terminal=tid)
    say = lambda level, event, **more: getattr(base, level)(event, **more)
else:
    from loguru import logger
    logger.remove()
    logger.add(sys.stdout, colorize=False, backtrace=False, diagnose=False)
    say = lambda level, event, **more: getattr(logger.opt(depth=1), level)(event + ''.join(f' {k}={v}' for k, v in more.items()))
context = ssl.create_default_context(cafile='/srv/etc/ca.pem')
stan = random.randint(1000, 9000)
say('info', 'till started', terminal=tid, url=f'https://{host}/sale', connect_timeout=connect, read_timeout=response)
time.sleep(random.random() * every)
while True:
    stan += 1
    trace, start, phase, outcome, ip = f'{stan:06d}', time.time(), 'connect', 'ok', None

    def step(event, info):
        global phase
        phase = {'connection.connect_tcp.complete': 'tls', 'connection.start_tls.complete': 'response'}.get(event, phase)

    try:
        with httpx.Client(verify=context, timeout=httpx.Timeout(response, connect=connect)) as client:
            r = client.post(f'https://{host}/sale', json={'tid': tid, 'stan': trace, 'amount': round(random.random() * 300, 2)}, headers={'X-Terminal': tid}, extensions={'trace': step})
        took = round((time.time() - start) * 1000)
        outcome = 'ok' if r.status_code == 200 else 'error'
        say('info' if outcome == 'ok' else 'warning', 'sale answered', stan=trace, status=r.status_code, elapsed_ms=took)
    except httpx.HTTPError as e:
        outcome = 'timeout' if isinstance(e, httpx.TimeoutException) else 'error'
        if 'name resolution' in str(e) or 'not known' in str(e):
            phase, outcome = 'dns', 'timeout' if time.time() - start >= 0.9 else 'error'
        say('error', 'sale failed', stan=trace, elapsed_ms=round((time.time() - start) * 1000), error=repr(e), host=name, port=int(port))
    with open('/srv/attempts.ndjson', 'a') as f:
        f.write(json.dumps({'start': start, 'end': time.time(), 'suffered_by': 'terminal', 'terminal_id': tid, 'terminal_ip': os.environ.get('TILL_IP'), 'stan': trace, 'phase': phase,
                            'outcome': outcome, 'server': {'host': name, 'ip': ip, 'port': int(port)}}) + '\n')
    time.sleep(every * random.uniform(0.8, 1.2))
