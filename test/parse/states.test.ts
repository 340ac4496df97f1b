import { describe, expect, test } from 'vitest'
import { NO_ENRICHMENT } from '../../pipeline/parse/enrich.js'
import { FORMATS } from '../../pipeline/parse/formats/index.js'
import { parseRecord } from '../../pipeline/parse/record.js'

const read = (line: string) => {
  const outcome = parseRecord(Buffer.from(line, 'utf8').toString('latin1'), {
    formats: FORMATS,
    host: 'h1',
    logName: 'h1.log',
    entryFor: () => ({}),
    enrichment: NO_ENRICHMENT,
    shownValues: new Set(),
    receivedAtMs: Date.parse('2026-11-25T00:00:00Z'),
  })
  return outcome.kind === 'events' ? outcome.events[0]?.event : undefined
}
const at = (line: string): string => `2026-11-24 10:00:31,123 ERROR [worker-2] ${line}`
const host = (line: string): string => `Nov 24 10:00:31 h1 ${line}`

/** What the event is, and lines of many makes that say it. */
const STATES: Readonly<Record<string, readonly string[]>> = {
  'other/packets have a bad checksum': [
    host('kernel: [ 1423.035722] UDP: bad checksum. From 192.0.2.99:27503 to 192.0.2.252:8472 ulen 75'),
    host('kernel: [ 1423.035722] UDPv6: bad checksum. From [2001:db8::9]:27503 to [2001:db8::2]:8472 ulen 75'),
    host('kernel: [ 1423.035722] eth0: hw csum failure'),
  ],
  'tls-failed/TLS where none is spoken': [
    at(
      'decode failed\nio.netty.handler.codec.TooLongFrameException: Adjusted frame length exceeds 2048: 5637 - discarded',
    ),
    at(
      'org.apache.kafka.common.network.InvalidReceiveException: Invalid receive (size = 369295616 larger than 104857600)',
    ),
    at('bad message length 5635 from 192.0.2.9'),
  ],
  'overload/no connection is free': [
    at('java.sql.SQLException: An attempt by a client to checkout a Connection has timed out.'),
    at(
      'org.apache.tomcat.jdbc.pool.PoolExhaustedException: Timeout: Pool empty. Unable to fetch a connection in 30 seconds',
    ),
    at('com.alibaba.druid.pool.GetConnectionTimeoutException: wait millis 60000, active 20, maxActive 20, creating 0'),
    at('UCP-45064: All connections in the Universal Connection Pool are in use'),
    at(
      'Timeout expired. This may have occurred because all pooled connections were in use and max pool size was reached.',
    ),
    '2026-11-24T10:00:31.123+00:00 ORA-12519: TNS:no appropriate service handler found',
  ],
  'overload/no worker is free': [
    host('gunicorn[321]: [CRITICAL] WORKER TIMEOUT (pid:910)'),
    host(
      'apache2[321]: AH00161: server reached MaxRequestWorkers setting, consider raising the MaxRequestWorkers setting',
    ),
    '2026-11-24 10:00:31.123 +00:00 [WRN] As of "11/24/2026 10:00:30 +00:00", the heartbeat has been running for "00:00:03.0045" which is longer than "00:00:01". This could be caused by thread pool starvation.',
    at('All threads (150) are currently busy, waiting. Increase maxThreads (150) or check the servlet status'),
    at(
      'RejectedExecutionException: Task rejected from ThreadPoolExecutor@1b2c[Running, pool size = 200, completed tasks = 5021]',
    ),
    '[11/24/26 10:00:31:123 UTC] 00000034 ThreadMonitor W   WSVR0605W: Thread "WebContainer : 5" (00000034) has been active for 685123 milliseconds and may be hung.',
    'Tue Nov 24 10:00:31 2026 - *** uWSGI listen queue of socket "127.0.0.1:8000" (fd: 3) full !!! (101/100) ***',
    at('Thread Thread[vert.x-eventloop-thread-1,5,main] has been blocked for 5012 ms, time limit is 2000 ms'),
  ],
  'process-paused/garbage collection': [
    '[2026-11-24T10:00:31,123][WARN ][o.e.m.j.JvmGcMonitorService] [node1] [gc][young][123][12] duration [12.3s], collections [1]/[13s]',
    '[2026-11-24T10:00:31,123][WARN ][o.e.m.j.JvmGcMonitorService] [node1] [gc][51233] overhead, spent [38.4s] collecting in the last [39.9s]',
  ],
  'process-paused/the whole program stood still': [
    at('HikariPool-1 - Thread starvation or clock leap detected (housekeeper delta=1m12s345ms).'),
    '{"level":40,"time":1795514431000,"pid":1,"hostname":"auth1","msg":"event loop lag 4211ms","lag":4211}',
  ],
  'memory-pressure/no memory is left': [
    host('earlyoom[321]: sending SIGTERM to process 8123 uid 0 "java": badness 800, VmRSS 1800 MiB'),
    host(
      'systemd-oomd[321]: Killed /system.slice/pay.service due to memory used (512) / total (512) being more than 90.00%',
    ),
    at('java.lang.OutOfMemoryError: GC overhead limit exceeded'),
    host('systemd[1]: pay-auth.service: A process of this unit has been killed by the OOM killer.'),
  ],
  'program-stopped/it crashed or was killed': [
    host('systemd[1]: pay-auth.service: Main process exited, code=killed, status=9/KILL'),
    host("systemd[1]: pay-auth.service: Failed with result 'watchdog'."),
  ],
  'storage-error/the storage is slow': [
    host(
      'redis-server[321]: Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without waiting for fsync to complete, this may slow down Redis.',
    ),
    '{"level":"warn","ts":"2026-11-24T10:00:31.123Z","caller":"wal/wal.go:805","msg":"slow fdatasync","took":"3.1234s"}',
    '2026-11-24T10:00:31.123456Z 12 [Note] [MY-011953] [InnoDB] Page cleaner took 8123ms to flush 2000 and evict 0 pages',
  ],
  'lock-wait/another holds the lock': [
    at("pymysql.err.OperationalError: (1205, 'Lock wait timeout exceeded; try restarting transaction')"),
    at('psycopg2.errors.LockNotAvailable: canceling statement due to lock timeout'),
    host('mariadbd[321]: InnoDB: Semaphore wait has lasted > 600 seconds.'),
  ],
  'storage-error/the storage fails': [
    host('kernel: nvme nvme0: I/O 123 QID 4 timeout, aborting'),
    host('kernel: ata1.00: exception Emask 0x0 SAct 0x0 SErr 0x0 action 0x6 frozen'),
    host('smartd[12]: Device: /dev/sda [SAT], 8 Currently unreadable (pending) sectors'),
  ],
  'storage-error/the disk is full': [
    host('auth[321]: write /var/lib/pay/spool: no space left on device'),
    '2026-11-24T10:00:31.123+00:00 ORA-00257: archiver error. Connect internal only, until freed.',
  ],
  'failover/another takes over': [
    at('promoted self to leader by acquiring session lock'),
    host('corosync[321]: [TOTEM ] A processor failed, forming new configuration.'),
  ],
  'ports-exhausted/translation has no port left': [
    host('RT_NAT: RT_SRC_NAT_SUBS_POOL_ALARM_RAISE: Source NAT pool CGN1 subscriber 100.64.9.17 usage is 100%'),
    host('(FPC Slot 1, PIC Slot 0) {sset1}[FWNAT]:ASP_NAT_OUTOF_PORTS: natpool pool1 is out of ports'),
    host('CGN: NAT44 user quota exceeded: 100.64.9.17 TCP 2048/2048'),
  ],
  'quota-reached/the plan is used up': [
    host('wan: Fair usage policy limit reached, speed reduced to 64 kbps'),
    '2026-11-24 10:00:31 SMS from 4455: Ihr Datenvolumen ist aufgebraucht. Sie surfen jetzt mit reduzierter Geschwindigkeit.',
    '2026-11-24 10:00:31 【中国移动】您的套餐流量已用完,已停止数据服务',
  ],
  'nic-error/the network card or its driver fails': [
    host("kernel: mlx5_core 0000:3b:00.0: poll_health:739:(pid 0): device's health compromised - reached miss count"),
    host('kernel: r8152 2-1:1.0 eth0: Tx status -71'),
    host('kernel: brcmfmac: brcmf_sdio_hostmail: mailbox indicates firmware halted'),
    host('kernel: smsc95xx 1-1.1:1.0: eth0: Failed to read register index 0x00000114'),
    host('kernel: lan78xx 1-1.1.1:1.0 eth0: Failed to write register index 0x00000120. ret = -110'),
    host('kernel: smsc95xx 1-1.1:1.0: eth0: MII is busy in smsc95xx_mdio_read'),
    host('kernel: ax88179_178a 2-1:1.0 eth0: Failed to read reg index 0x0040: -110'),
    host('kernel: ath10k_pci 0000:03:00.0: firmware is not responding, restarting'),
  ],
  'link-down/the link is down': [
    'Nov 24 10:00:31 sw2 portmgr: port 4 is now off-line',
    '<189> Nov 24 10:00:31 10.0.0.2-1 TRAPMGR[12]: traputil.c(777) 123 %% Link Down: 0/4',
    '2026-11-24 10:00:31 WARN 网线已拔出 eth0',
    '2026-11-24 10:00:31 WARN 以太网链路断开',
  ],
  'job-started/a job of its own begins': [
    host('kernel: md: data-check of RAID array md0'),
    host('VeeamAgent[12]: Backup job started: full backup of volume /dev/sda'),
  ],
  'ports-exhausted/no port is left': ['2026-11-24 10:00:31 ERROR 本地端口已用尽,无法建立连接'],
  'modem-error/the modem fails': ['2026-11-24 10:00:31 ERROR 4G模块无响应,正在重启模块'],
  'optics-weak/too little light': ['2026-11-24 10:00:31 告警:光功率过低 -31.2dBm 端口GE0/0/1'],
  'overheated/too hot': ['2026-11-24 10:00:31 告警:设备温度过高 85℃'],
  'power-event/the power fails': [
    '2026-11-24 10:00:31 告警:市电中断,UPS电池供电',
    host('ipmievd: Power Supply sensor PS1 Status - Power Supply AC lost Asserted'),
  ],
  'dhcp-no-answer/no lease': ['2026-11-24 10:00:31 ERROR DHCP获取地址失败'],
  'attach-refused/the network refuses the subscriber': [
    '2026-11-24 10:00:31 ERROR 网络附着被拒绝 原因码=33',
    host('qmi: Call end reason: verbose 3gpp (33): option-unsubscribed'),
  ],
  'rate-limited/too many requests': ['2026-11-24 10:00:31 WARN 交易限流:商户每秒请求数超过上限'],
  'request-failed/the port is taken': ['2026-11-24 10:00:31 ERROR 端口8443已被占用,服务启动失败'],
}

describe.each(Object.entries(STATES))('%s', (state, lines) => {
  test.each(lines)('%s', (line) => {
    const event = read(line)
    expect(`${event?.['event.action']}/${event?.['event.reason']}`).toBe(state)
    expect(event?.['whytimeout.phase']).toBeUndefined()
  })
})

const KNOWN = new Set(Object.keys(STATES).map((s) => s.slice(s.indexOf('/') + 1)))
test.each([
  at('pool HikariPool-1 stats (total=10, active=2, idle=8, waiting=0)'),
  at('thread pool resized to 200 threads'),
  // urllib3 throws a returned connection away: nobody waited for it.
  at('[urllib3.connectionpool] Connection pool is full, discarding connection: api.example. Connection pool size: 10'),
  at('UDP: checksum of 12 packets verified'),
  at('failed to register the device with the server'),
  host('kernel: smsc95xx 1-1.1:1.0: eth0: register dump complete'),
  at('event loop lag 12ms'),
  at('answer sent, message length 5637 bytes'),
  at('[c399a2a2] PIN translation failed tid=SJK0018 stan=004183'),
  at('backup finished in 321 s'),
  at('disk usage 43 %'),
  host('systemd[1]: pay-auth.service: Deactivated successfully.'),
  host('kernel: eth0: Link is Up - 1Gbps/Full'),
  host('smartd[12]: Device: /dev/sda [SAT], SMART Prefailure Attribute: 1 Raw_Read_Error_Rate changed from 118 to 119'),
  '198.51.100.1 - - [24/Nov/2026:10:00:31 +0000] "GET /docs/OutOfMemoryError HTTP/1.1" 200 12 "-" "curl/8"',
  at('Too many open orders for table 4'),
  at('user promoted customer 7 to gold'),
  '2026-11-24 10:00:31 INFO 开始上传交易 流水号=000123',
  '2026-11-24 10:00:31 INFO 本地端口=40001 目的端口=8443',
  '2026-11-24 10:00:31 INFO 温度 41℃ 正常',
])('of a line that tells of no trouble: %s', (line) =>
  expect(KNOWN.has(read(line)?.['event.reason'] ?? '')).toBe(false),
)
