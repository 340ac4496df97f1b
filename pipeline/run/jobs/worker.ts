import { parentPort, workerData } from 'node:worker_threads'
import { WhytimeoutError } from '../../errors.js'
import { FORMATS } from '../../parse/formats/index.js'
import { createInference } from '../../parse/infer.js'
import { createBooks } from '../books.js'
import { formatFor, packFor, readInventory, readOrigins } from '../inputs.js'
import { deadSorter, lookAt, type PassProgress, type Reading, readAll } from '../passes.js'
import { spool } from '../spool.js'
import type { Failure, JobReply, JobSetting, JobTask } from './job.js'

/** A thread of `replay --jobs`: does its share of each pass when it is told to. */
async function serve(setting: JobSetting, tell: (reply: JobReply) => void, next: () => Promise<JobTask>) {
  const { inputs, roots, files, allEvents, dir, bufferItems, receivedAtMs } = setting
  const inventory = await readInventory(inputs, roots)
  const given = await readOrigins(inputs, roots)
  const reading: Reading = { formats: FORMATS, format: formatFor(inputs.format), inventory, given, receivedAtMs }
  const progress: PassProgress = {
    records: (records) => tell({ kind: 'progress', records, bytes: 0 }),
    bytes: (bytes) => tell({ kind: 'progress', records: 0, bytes }),
  }
  for (;;) {
    const task = await next()
    if (task.pass === 'look') {
      const inference = createInference(inventory, given)
      await lookAt(task.files, reading, inference, progress)
      tell({ kind: 'looked', findings: inference.findings() })
      continue
    }
    const taken = {
      sorter: spool(dir, bufferItems),
      dead: deadSorter(dir),
      books: createBooks(files),
      span: { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY },
    }
    await readAll(
      task.files,
      reading,
      { pack: await packFor(inputs), entries: task.entries, allEvents },
      taken,
      progress,
    )
    const [runs, deadRuns] = [await taken.sorter.handOver(), await taken.dead.handOver()]
    tell({ kind: 'read', share: { runs, deadRuns, counts: taken.books.counts(), span: taken.span } })
  }
}

const asFailure = (error: unknown): Failure =>
  error instanceof WhytimeoutError
    ? { code: error.code, message: error.message, place: error.place }
    : error instanceof Error
      ? { message: error.message, stack: error.stack }
      : { message: String(error) }

if (parentPort) {
  const port = parentPort
  const next = () => new Promise<JobTask>((resolve) => port.once('message', resolve))
  serve(workerData as JobSetting, (reply) => port.postMessage(reply), next).catch((error: unknown) => {
    port.postMessage({ kind: 'failed', error: asFailure(error) } satisfies JobReply)
    port.close()
  })
}
