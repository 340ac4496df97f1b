import { readFile, writeFile } from 'node:fs/promises'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { runCli } from '../cli/run-cli.js'
import { describeWithKafka, sharedKafka } from '../services/shared.js'
import { beginStream, placeOn, stopStreams, until } from './stage.js'

const NOTHING = { inventoryText: 'terminal_id,ip,site\n', originsText: '{}\n' }

describeWithKafka('whytimeout stream', () => {
  let brokers: string[]
  beforeAll(async () => {
    brokers = (await sharedKafka()).split(',')
  })
  afterEach(stopStreams)

  test('a topic that is not there, in one line', async () => {
    const place = await placeOn(brokers, NOTHING)
    await writeFile(place.config, (await readFile(place.config, 'utf8')).replace(`[${place.raw}]`, '[no-such-topic]'))
    const { exit, err } = await runCli(['stream', '--config', place.config])
    expect(exit).toBe(2)
    expect(err).toMatch(/^KAFKA_TOPIC_MISSING: no topic no-such-topic \(kafka\) - .*setup kafka.*\n$/)
    await place.close()
  }, 60_000)

  test('a broker that is not there, in one line', async () => {
    const place = await placeOn(brokers, NOTHING)
    await writeFile(place.config, (await readFile(place.config, 'utf8')).replace(brokers.join('", "'), '127.0.0.1:1'))
    const { exit, err } = await runCli(['stream', '--config', place.config])
    expect(exit).toBe(1)
    expect(err).toMatch(/^KAFKA_UNREACHABLE: .*kafka\.brokers.*\n$/)
    await place.close()
  }, 120_000)

  test('processes with other rules, inventory or lateness do not run side by side', async () => {
    const place = await placeOn(brokers, NOTHING)
    const first = await beginStream(place)
    const other = `${place.config}.other`
    await writeFile(other, `${await readFile(place.config, 'utf8')}\nlateness: 3m\n`)
    const second = await beginStream({ ...place, config: other })
    const failure = await Promise.race([first.ended, second.ended]).then(
      () => undefined,
      (error: { code: string }) => error.code,
    )
    expect(failure).toBe('INPUTS_DIFFER')
    await Promise.all([first.stop(), second.stop()])
    await place.close()
  }, 60_000)

  test('the same once more, and it ends in order when asked', async () => {
    const place = await placeOn(brokers, NOTHING)
    let ask = () => {}
    const asked = new Promise<void>((resolve) => {
      ask = resolve
    })
    const running = runCli(['stream', '--config', place.config], { stopAsked: () => asked })
    const admin = place.client.admin()
    await admin.connect()
    await until(async () => {
      const { groups } = await admin.describeGroups([`${place.prefix}-parse`])
      return groups[0]?.state === 'Stable' ? undefined : groups[0]?.state
    }, 40_000)
    ask()
    expect((await running).exit).toBe(0)
    await admin.disconnect()
    await place.close()
  }, 60_000)
})
