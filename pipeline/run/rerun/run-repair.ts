import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WhytimeoutError } from '../../errors.js'
import { createFolderSink } from '../../sinks/folder.js'
import type { Sink } from '../../sinks/sink.js'
import { holdPlace } from '../../sources/group-lock.js'
import type { LoadedConfig } from '../config.js'
import { sinksOf } from '../sinks-of.js'
import type { StreamInputs } from '../stream-inputs.js'
import type { Cluster } from './open.js'
import { type Repair, type RepairOptions, repairLate } from './repair.js'
import type { Change } from './repair-pass.js'

export type RepairRun = {
  readonly config: LoadedConfig
  readonly cluster: Cluster
  readonly inputs: StreamInputs
  readonly slackMs: number
  /** Whether what is found is stored; else it is only told. */
  readonly store: boolean
  /** Folder for `changes.ndjson`. */
  readonly out: string | undefined
  readonly progress: RepairOptions['progress']
}
export type RepairTold = Repair & {
  /** The first changes. */
  readonly examples: readonly Change[]
}

const MAX_EXAMPLES = 20

/**
 * Repairs the late events of a cluster; only one such run at a time stores.
 * @throws WhytimeoutError REPAIR_RUNNING, INPUTS_DIFFER, SINK_FAILED
 */
export async function runRepair(o: RepairRun): Promise<RepairTold> {
  const { cluster, config } = o
  const { client, admin, topics } = cluster
  const release = o.store
    ? await holdPlace(client, admin, `${config.kafka.group}-repair`, topics.deadLetters)
    : () => {}
  if (!release)
    throw new WhytimeoutError('REPAIR_RUNNING', 'another repair of these topics is running', topics.deadLetters)
  const dir = await mkdtemp(join(tmpdir(), 'whytimeout-'))
  const folder = o.out === undefined ? undefined : await createFolderSink(o.out)
  const file = folder?.file('changes.ndjson')
  const examples: Change[] = []
  let sinks: readonly Sink[] = []
  try {
    const writer = o.store ? await cluster.writer() : undefined
    if (writer) sinks = await sinksOf(config, { writer, now: Date.now })
    const repair = await repairLate({
      reader: cluster.reader,
      topics,
      pack: o.inputs.pack,
      digest: o.inputs.digest,
      dir,
      slackMs: o.slackMs,
      progress: o.progress,
      ...(writer && { store: { sinks, writer } }),
      onChange: async ({ text, ...change }) => {
        if (examples.length < MAX_EXAMPLES) examples.push(change)
        await file?.write(JSON.stringify({ ...change, ...(text !== undefined && { verdict: JSON.parse(text) }) }))
      },
    })
    await folder?.commit()
    return { ...repair, examples }
  } catch (error) {
    await folder?.abort()
    throw error
  } finally {
    await Promise.all(sinks.map((s) => s.close()))
    await rm(dir, { recursive: true, force: true })
    await release()
  }
}
