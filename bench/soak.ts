import { soak, soakLines } from '../test/integration/soak.js'
import { startKafka } from '../test/services/kafka.js'
import { provenance } from './measure/table.js'

// Hours of a made-up fleet's traffic in fast time through the program as users run it, on a real broker, with faults on the way: whether memory stays
// flat and the lag comes down after each. CI runs one hour of it. `npm run bench -- soak [HOURS] [SECONDS]`
const hours = Number(process.argv[2] ?? 1)
const seconds = Number(process.argv[3] ?? 240)

const kafka = await startKafka()
try {
  console.log(`${provenance()}\n${soakLines(await soak(kafka, { hours, seconds })).join('\n')}`)
} finally {
  await kafka.stop()
}
process.exit(0)
