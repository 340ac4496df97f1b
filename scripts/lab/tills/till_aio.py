"""A till in Python: aiohttp, records as JSON (python-json-logger)."""
import asyncio
import json
import logging
import os
import random
import ssl
import sys
import time

import aiohttp
from pythonjsonlogger.json import JsonFormatter

tid, pay = os.environ['TID'], os.environ['PAY_HOST']
name, port = pay.split(':')
every = float(os.environ.get('EVERY_SECS', 4))
connect, response = float(os.environ.get('CONNECT_SECS', 3)), float(os.environ.get('RESPONSE_SECS', 5))
proxy = os.environ.get('PROXY')
plain = os.environ.get('SCHEME') == 'http'
out = logging.StreamHandler(sys.stdout)
out.setFormatter(JsonFormatter('{asctime}{levelname}{name}{message}', style='{', rename_fields={'levelname': 'severity', 'asctime': 'timestamp'}))
logging.basicConfig(level=logging.INFO, handlers=[out])
log = logging.getLogger('pos.sale')
stan = random.randint(1000, 9000)
phase, ip = 'connect', None


async def sell(context):
    global phase, ip, stan
    stan += 1
    trace, start, outcome = f'{stan:06d}', time.time(), 'ok'
    phase, ip = 'connect', None

    async def resolving(*_):
        global phase
        phase = 'dns'

    async def resolved(*_):
        global phase
        phase = 'connect'

    async def connected(*_):
        global phase
        phase = 'response'

    marks = aiohttp.TraceConfig()
    marks.on_dns_resolvehost_start.append(resolving)
    marks.on_dns_resolvehost_end.append(resolved)
    marks.on_connection_create_end.append(connected)
    limits = aiohttp.ClientTimeout(total=None, sock_connect=connect, sock_read=response)
    extra = {'terminal_id': tid, 'trace': trace}
    url = f'{"http" if plain else "https"}://{pay}/sale'
    try:
        async with aiohttp.ClientSession(timeout=limits, trace_configs=[marks]) as session:
            async with session.post(url, json={'tid': tid, 'stan': trace}, headers={'X-Terminal': tid}, proxy=proxy, ssl=context) as r:
                await r.text()
                outcome = 'ok' if r.status == 200 else 'error'
                extra.update(status=r.status, elapsed=round(time.time() - start, 3))
                log.log(logging.INFO if outcome == 'ok' else logging.WARNING, 'sale %s', 'approved' if outcome == 'ok' else 'not approved', extra=extra)
    except (aiohttp.ClientError, asyncio.TimeoutError) as e:
        took = time.time() - start
        outcome = 'timeout' if isinstance(e, asyncio.TimeoutError) or phase == 'dns' and took >= 0.9 else 'error'
        extra.update(elapsed=round(took, 3), error=type(e).__name__, url=url)
        log.error('sale failed: %s', e, extra=extra)
    server = proxy.split('//')[1].split(':') if proxy else (name, port)
    host = server[0]
    with open('/srv/attempts.ndjson', 'a') as f:
        f.write(json.dumps({'start': start, 'end': time.time(), 'suffered_by': 'terminal', 'terminal_id': tid, 'terminal_ip': os.environ.get('TILL_IP'), 'stan': trace, 'phase': phase, 'outcome': outcome,
                            'server': {'host': host, 'ip': host if host.replace('.', '').isdigit() else None, 'port': int(server[1])}}) + '\n')


async def main():
    context = False if plain else ssl.create_default_context(cafile='/srv/etc/ca.pem')
    log.info('pos started', extra={'terminal_id': tid, 'host': pay, 'proxy': proxy, 'sock_connect': connect, 'sock_read': response})
    await asyncio.sleep(random.random() * every)
    while True:
        await sell(context)
        await asyncio.sleep(every * random.uniform(0.8, 1.2))

asyncio.run(main())
