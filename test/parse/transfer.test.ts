import { expect, test } from 'vitest'
import { eventOf } from './event-of.js'

test.each([
  '2026/11/30 01:30:23 INFO  : \nTransferred:   \t    2.781 MiB / 5.341 MiB, 52%, 62.869 KiB/s, ETA 41s\nTransferred:            0 / 8, 0%\nElapsed time:        40.2s',
  'Nov 18 12:14:12 nvr sync: Completed 256.0 MiB/1.2 GiB (1.4 MiB/s) with 12 file(s) remaining',
  'Nov 18 12:14:12 srv restic[9]: [0:35] 21.07%  72 files 11.9 GiB, total 1000 files 56.0 GiB, 0 errors ETA 2:11',
  'Nov 18 12:14:12 srv apt: Fetched 212 MB in 95s (2,231 kB/s)',
  'Nov 18 12:14:12 srv dockerd: a1b2c3: Downloading [=====>      ]  41.2MB/270.1MB',
  '2026-11-18 12:14:12 INFO updater - download 45% done, 812 KB/s',
  '2026-11-18 12:14:12 INFO 同步 - 上传录像 12.5MB/80MB 速率 310KB/s',
  'Nov 18 12:14:12 srv iperf3[900]: [  5]   0.00-1.00   sec   128 KBytes  1.05 Mbits/sec    0   85.0 KBytes',
  'Nov 18 12:14:12 srv vsftpd[900]: [pos] OK UPLOAD: Client "10.1.0.30", "/backup/day.tgz", 734003200 bytes, 9123.11Kbyte/sec',
  'Nov 18 12:14:12 box yt: [download]  12.3% of 100.21MiB at 1.21MiB/s ETA 01:12',
])('a transfer goes on: %s', (line) => {
  expect(eventOf(line)['event.action']).toBe('transfer-progress')
})

test('a tool that says how long it has been at it is at it since then', () => {
  const event = eventOf(
    '2026/11/30 01:30:23 INFO  : \nTransferred: 2.7 MiB / 5.3 MiB, 52%, 62.8 KiB/s, ETA 41s\nElapsed time: 1m10.5s',
  )
  expect([event['event.duration'], event['event.start']]).toEqual([70_500_000_000, '2026-11-30T01:29:12.500Z'])
})

test.each([
  ['1.0/9.7 MB 36.5 kB/s eta 0:03:57 downloading', 'slow rate'],
  ['1.0/9.7 MB 980.0 kbit/s eta 0:03:57 downloading', 'slow rate'],
  ['1.0/9.7 MB 1.2 MB/s eta 0:00:07 downloading', undefined],
  ['1.0/9.7 MB 36.5 kB/s, now 2.5 MB/s eta 0:00:07 downloading', undefined],
])('how fast it goes by its own count: %s', (said, reason) => {
  expect(eventOf(`2026-11-18 12:14:12 INFO ${said}`)['event.reason']).toBe(reason)
})

test.each([
  '2026-11-18 12:14:12 INFO jvm - heap 512MB/1024MB 50% used',
  'Nov 18 12:14:12 rt qos: upload limited to 512 KB/s, 20% of the line',
  'Nov 18 12:14:12 sw kernel: eth0: link up 1000Mbps, full duplex',
  '2026-11-18 12:14:12 INFO Pos - sale approved in 212 ms, 100%',
  'Nov 18 12:14:12 srv apt: Fetched 12.1 kB in 1s (12.0 kB/s)',
])('no bulk transfer: %s', (line) => {
  expect(eventOf(line)['event.action']).not.toMatch(/^transfer/)
})
