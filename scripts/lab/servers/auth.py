"""An authorisation service: Flask under gunicorn, with MariaDB (DB=host) or Redis (REDIS=host) behind it."""
import logging
import os
import random
import time

from flask import Flask, jsonify, request

app = Flask('auth')
log = logging.getLogger('gunicorn.error')
app.logger.handlers = log.handlers
app.logger.setLevel(logging.INFO)


@app.post('/sale')
def sale():
    start = time.monotonic()
    body = request.get_json()
    time.sleep(random.uniform(0.04, 0.12))
    if os.environ.get('DB'):
        import pymysql
        try:
            db = pymysql.connect(host=os.environ['DB'], user='auth', password='auth', database='pay', connect_timeout=2, read_timeout=20)
            with db, db.cursor() as c:
                c.execute('UPDATE merchants SET sales = sales + 1 WHERE id = %s', (int(body['stan']) % 7 + 1,))
                c.execute('INSERT INTO journal (tid, stan) VALUES (%s, %s)', (body['tid'], body['stan']))
                db.commit()
        except pymysql.Error as e:
            app.logger.error('sale tid=%s stan=%s: database: %s', body['tid'], body['stan'], e)
            return jsonify(rc='96'), 503
    if os.environ.get('REDIS'):
        import redis
        r = redis.Redis(host=os.environ['REDIS'], socket_timeout=20)
        r.incr('sales:' + body['tid'])
        r.lpush('journal', body['stan'])
    app.logger.info('sale tid=%s stan=%s rc=00 in %d ms', body['tid'], body['stan'], (time.monotonic() - start) * 1000)
    return jsonify(rc='00', stan=body['stan'])


@app.get('/health')
def health():
    return 'up\n'
