import { soak } from '../test/integration/soak.js'
import { startKafka } from '../test/services/kafka.js'
import { provenance, table } from './measure/table.js'

// An hour of a fleet's traffic through the whole stream, as fast as it takes it, with a fault every few minutes. `npm run bench -- soak [MINUTES] [TERMINALS]`
const [minutes = '60', terminals = '300'] = process.argv.slice(2)
const kafka = await startKafka()
try {
  const s = await soak({
    ...{ kafka, minutes: Number(minutes), terminals: Number(terminals), faultEvery: 4 },
    said: (text) => console.error(text),
  })
  console.log(
    `${provenance()}; ${minutes} minutes of ${terminals} terminals in ${s.wallS.toFixed(0)} s: ${s.lines} lines, ${s.events} events, ${s.verdicts} final verdicts, ${s.late} late\n`,
  )
  const every = Math.max(1, Math.floor(s.samples.length / 12))
  console.log(
    table(
      ['minute', 'heap MB'],
      s.samples.filter((_, i) => i % every === 0).map(({ minute, heapMb }) => [minute, heapMb.toFixed(1)]),
    ),
  )
  console.log(`\nslope of the second half: ${s.slopeMb.toFixed(1)} MB an hour\n`)
  console.log(
    table(
      ['minute', 'fault', 'all read again after, s'],
      s.faults.map((f) => [f.minute, f.kind, (f.backMs / 1_000).toFixed(1)]),
    ),
  )
} finally {
  await kafka.stop()
}
process.exit(0)
