import { FORMATS } from '../pipeline/parse/formats/index.js'
import { encodeEvent } from '../pipeline/stream/messages.js'
import { createRawParser } from '../pipeline/stream/parser.js'
import { bytesOf, type Corpus, linesOf, messagesOf } from './corpora/corpus.js'
import { corporaOf, inputsOf } from './corpora/index.js'
import { show, spreadOf, take } from './measure/measure.js'
import { provenance, table } from './measure/table.js'

// The first stage's own work, without Kafka: messages in, encoded events out. `npm run bench -- parse [MB] [CORPUS] [ROUNDS]`
const [megabytes = '8', only, rounds = '5'] = process.argv.slice(2)

async function measure(corpus: Corpus): Promise<(string | number)[]> {
  const { pack, record } = await inputsOf(corpus)
  const messages = messagesOf(corpus, 500).map((m, i) => ({
    offset: BigInt(i),
    timestamp: m.at,
    key: undefined,
    value: m.value,
    headers: { host: m.host, log: m.log },
  }))
  const counts = { records: 0, events: 0, written: 0 }
  const run = () => {
    const parser = createRawParser({
      ...{ topic: 'raw', partition: 0, pack, latenessMs: 120_000, record, messages: 'lines' as const },
      ...{ start: 0n, emitFrom: 0n, clock: undefined },
    })
    counts.records = counts.events = counts.written = 0
    for (const m of messages)
      for (const parsed of parser.take(m)) {
        counts.records++
        if (parsed.kind !== 'event') continue
        for (const e of parsed.events) {
          counts.events++
          counts.written += encodeEvent(e).length
        }
      }
  }
  run()
  const cpu: number[] = []
  for (let i = 0; i < Number(rounds); i++) cpu.push((await take(run)).cpuS)
  const [mb, lines] = [bytesOf(corpus) / 1e6, linesOf(corpus)]
  return [
    corpus.name,
    mb.toFixed(1),
    lines,
    `${((100 * counts.events) / counts.records).toFixed(0)} %`,
    (counts.written / 1e6 / mb).toFixed(2),
    show(spreadOf(cpu.map((s) => mb / s)), 1),
    show(spreadOf(cpu.map((s) => (s * 1e6) / lines)), 1),
  ]
}

const rows: (string | number)[][] = []
for (const corpus of await corporaOf(Number(megabytes) * 1e6, only)) rows.push(await measure(corpus))
console.log(`${provenance()}; ${FORMATS.length} formats\n`)
console.log(
  table(['corpus', 'MB', 'lines', 'records that pass', 'bytes out a byte in', 'MB per CPU s', 'µs CPU a line'], rows),
)
