import type { Status } from '../../schemas/status.js'

const LE = [0.5, 1, 2, 5]

/** What a process might tell. */
export const statusOf = (more: Partial<Status> = {}): Status => ({
  service: 'whytimeout',
  version: '0.1.0',
  pid: 7,
  stages: ['parse', 'diagnose'],
  started: '2026-03-06T08:00:00.000Z',
  at: '2026-03-06T08:55:16.500Z',
  ready: true,
  not_ready: [],
  rules: { generation: 3, digest: 'Abcdefgh0123456789' },
  inputs_digest: 'x',
  recent: {
    secs: 58,
    messages: 715_980,
    bytes: 5_695_600_000,
    records: 1_431_960,
    final_verdicts: 34,
    latency: { le_secs: LE, counts: [90, 8, 1, 1, 0] },
  },
  total: { messages: 9_000_000, bytes: 7e10, parse: null, diagnose: null, formats: { haproxy: 5 } },
  dead_letters: [
    { stage: 'parse', reason: 'PARSE_NO_TIME', recent: 12, total: 1_300 },
    { stage: 'diagnose', reason: 'LATE', recent: 0, total: 4 },
  ],
  lag: [
    { topic: 'terminal-logs', partition: 0, messages: 1_204, behind_secs: 3.2, paused: false },
    { topic: 'terminal-logs', partition: 1, messages: 0, behind_secs: 0, paused: false },
    {
      topic: 'gateway-logs-of-the-northern-region-with-a-long-name',
      partition: 11,
      messages: 98_765,
      behind_secs: 4_000,
      paused: true,
    },
    ...[2, 3, 4, 5, 6, 7].map((partition) => ({
      ...{ topic: 'terminal-logs', partition, messages: partition, behind_secs: null, paused: false },
    })),
  ],
  watermarks: [
    { partition: 0, at: '2026-03-06T08:53:12.000Z', behind_secs: 124.5, open_episodes: 12, events_held: 1_204 },
    { partition: 1, at: '2026-03-06T08:53:16.000Z', behind_secs: 120.5, open_episodes: 3, events_held: 96 },
  ],
  incidents: {
    open: 3,
    alerts: { firing: 2, waiting: 0, accepted: 31, failed: 1, refused: 0, forgotten: 0 },
  },
  causes: {
    secs: 300,
    counts: { network_latency: 29, firewall_restriction: 34, tcpip_stack: 1, unknown: 4 },
    at_least: false,
  },
  sinks: [
    { name: 'kafka', up: true, retrying: 0 },
    { name: 'elasticsearch', up: true, retrying: 0 },
  ],
  taps: 0,
  ...more,
})
