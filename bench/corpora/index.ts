import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LoadedConfig } from '../../pipeline/run/config.js'
import { readInputs, type StreamInputs } from '../../pipeline/run/stream-inputs.js'
import { Config } from '../../schemas/config.js'
import type { Corpus } from './corpus.js'
import { fleetCorpus } from './fleet.js'
import { labCorpus, storyCorpus } from './recorded.js'

/** All corpora, or the one named, of so many bytes each. */
export async function corporaOf(bytes: number, only?: string): Promise<readonly Corpus[]> {
  const makers: Readonly<Record<string, () => Promise<Corpus | undefined>>> = {
    story: () => storyCorpus(bytes),
    lab: () => labCorpus(bytes),
    fleet: async () => fleetCorpus({ terminals: 2_000, bytes, timeouts: 0.002, seed: 1 }),
  }
  if (only !== undefined && !(only in makers))
    throw new Error(`no corpus "${only}"; known: ${Object.keys(makers).join(', ')}`)
  const found: Corpus[] = []
  for (const [name, make] of Object.entries(makers)) {
    if (only !== undefined && name !== only) continue
    const corpus = await make()
    if (corpus) found.push(corpus)
    else console.error(`corpus ${name}: its data are not beside the project; left out`)
  }
  return found
}

/** What a stream would read at its start. */
export async function inputsOf(corpus: Corpus): Promise<StreamInputs> {
  const dir = await mkdtemp(join(tmpdir(), 'bench-'))
  const [inventory, origins] = [join(dir, 'inventory.csv'), join(dir, 'origins.yml')]
  await writeFile(inventory, corpus.inventoryText)
  await writeFile(origins, corpus.originsText)
  const config = Config.parse({ kafka: { brokers: ['127.0.0.1:1'], topics: ['raw'] }, inventory, origins })
  const inputs = await readInputs({ ...config, dir } as LoadedConfig)
  await rm(dir, { recursive: true })
  return inputs
}
