import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadConfig } from '../../pipeline/run/config.js'
import { listFiles } from '../../pipeline/sources/files.js'
import { runCli } from '../cli/run-cli.js'
import { describeWithKafka, sharedKafka } from '../services/shared.js'
import { openTopics, type Topics } from '../services/topics.js'

const LOGS = join(import.meta.dirname, '../../fixtures/incidents/friday-afternoon/logs')
let topics: Topics | undefined
afterAll(() => topics?.close())

describeWithKafka('init from topics', () => {
  test('drafts what it drafts of the same logs in files', async () => {
    const brokers = await sharedKafka()
    topics = await openTopics(brokers)
    const topic = await topics.create('init', { partitions: 3 })
    for (const { path, host, name } of (await listFiles([LOGS])).files) {
      const lines = (await readFile(path, 'latin1')).trimEnd().split('\n')
      const partition = (host ?? '').length % 3
      const headers = { host: host ?? '', log: name }
      await topics.produce(
        topic,
        lines.map((line) => ({ partition, headers, value: Buffer.from(line, 'latin1') })),
      )
    }
    const [dir, fromFiles] = [await mkdtemp(join(tmpdir(), 'init-')), await mkdtemp(join(tmpdir(), 'init-'))]
    const before = await topics.ends(topic)
    const ran = await runCli(['init', `kafka:${topic}`, '--brokers', brokers, '--out', dir, '--yes'])
    expect(ran.exit, ran.err).toBe(0)
    await runCli(['init', LOGS, '--out', fromFiles, '--yes'])
    for (const name of ['inventory.csv', 'origins.yml'])
      expect(await readFile(join(dir, name), 'utf8')).toBe(await readFile(join(fromFiles, name), 'utf8'))
    expect((await loadConfig(join(dir, 'whytimeout.yml'), {})).kafka).toMatchObject({
      brokers: brokers.split(','),
      topics: [topic],
    })
    // It has looked, and left nothing behind.
    expect(await topics.ends(topic)).toEqual(before)
    const { groups } = await topics.admin.listGroups()
    expect(groups.filter((g) => g.groupId.includes('-init'))).toEqual([])
    expect(await runCli(['init', 'kafka:no-such-topic', '--brokers', brokers, '--dry-run'])).toMatchObject({
      exit: 2,
      err: expect.stringMatching(/^KAFKA_TOPIC_MISSING/),
    })
  })
})
