import { mkdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { OriginEntry } from '../../../schemas/origin.js'
import { WhytimeoutError } from '../../errors.js'
import type { Inference } from '../../parse/infer.js'
import type { LogFile } from '../../sources/files.js'
import type { Numbered, PassProgress, Taken } from '../passes.js'
import type { Failure, JobReply, JobSetting, JobTask } from './job.js'

/** Below this a second thread costs more (it reads the rules again) than it saves. */
const WORTH_BYTES = 16 * 1024 * 1024

/** How many threads read, where nothing is said: one a core, one for small inputs, never more than there is to share. */
export function jobsFor(asked: number | undefined, files: readonly LogFile[]): number {
  const bytes = unitsOf(files).reduce((sum, unit) => sum + unit.bytes, 0)
  const wanted = asked ?? (bytes < WORTH_BYTES ? 1 : availableParallelism())
  return Math.max(1, Math.min(wanted, shareOut(files, wanted).length))
}

/** What can only be read as one: a file, or a bundle with all that lies in it. */
type Unit = { bytes: number; readonly files: Numbered[] }

function unitsOf(files: readonly LogFile[]): Unit[] {
  const units = new Map<LogFile, Unit>()
  for (const [index, file] of files.entries()) {
    const key = file.within?.bundle ?? file
    const unit = units.get(key)
    if (unit) unit.files.push({ file, index })
    else units.set(key, { bytes: key.bytes, files: [{ file, index }] })
  }
  return [...units.values()]
}

/** Shares of about the same size: the largest first, each to who has least. */
export function shareOut(files: readonly LogFile[], shares: number): Numbered[][] {
  const all: Unit[] = Array.from({ length: shares }, () => ({ bytes: 0, files: [] }))
  for (const unit of unitsOf(files).sort((a, b) => b.bytes - a.bytes)) {
    const least = all.reduce((a, b) => (b.bytes < a.bytes ? b : a))
    least.bytes += unit.bytes
    least.files.push(...unit.files)
  }
  return all.map((share) => share.files.sort((a, b) => a.index - b.index)).filter((share) => share.length > 0)
}

export type Threads = {
  readonly look: (inference: Inference, progress: PassProgress) => Promise<void>
  readonly read: (entries: ReadonlyMap<string, OriginEntry>, taken: Taken, progress: PassProgress) => Promise<void>
  readonly close: () => Promise<void>
}

/** Threads that read the files, each its share. */
export async function startThreads(jobs: number, setting: JobSetting): Promise<Threads> {
  const shares = shareOut(setting.files, jobs)
  const workers: Worker[] = []
  for (const n of shares.keys()) {
    const dir = join(setting.dir, `job-${n}`)
    await mkdir(dir)
    workers.push(new Worker(new URL('./worker.js', import.meta.url), { workerData: { ...setting, dir } }))
  }
  const doAll = <K extends 'looked' | 'read'>(
    kind: K,
    task: (files: readonly Numbered[]) => JobTask,
    progress: PassProgress,
  ): Promise<Extract<JobReply, { kind: K }>[]> =>
    Promise.all(workers.map((worker, i) => ask(worker, kind, task(shares[i] as Numbered[]), progress)))

  return {
    look: async (inference, progress) => {
      for (const { findings } of await doAll('looked', (files) => ({ pass: 'look', files }), progress))
        inference.add(findings)
    },
    read: async (entries, { sorter, dead, books, span }, progress) => {
      for (const { share } of await doAll('read', (files) => ({ pass: 'read', files, entries }), progress)) {
        await sorter.adopt(share.runs)
        await dead.adopt(share.deadRuns)
        books.add(share.counts)
        span.from = Math.min(span.from, share.span.from)
        span.to = Math.max(span.to, share.span.to)
      }
    },
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}

/** @throws what the thread failed with */
function ask<K extends JobReply['kind']>(
  worker: Worker,
  kind: K,
  task: JobTask,
  progress: PassProgress,
): Promise<Extract<JobReply, { kind: K }>> {
  return new Promise((resolve, reject) => {
    const onMessage = (reply: JobReply) => {
      if (reply.kind === 'progress') {
        if (reply.bytes > 0) progress.bytes(reply.bytes)
        if (reply.records > 0) progress.records(reply.records)
      } else if (reply.kind === kind) end(() => resolve(reply as Extract<JobReply, { kind: K }>))
      else if (reply.kind === 'failed') end(() => reject(asError(reply.error)))
    }
    const onError = (error: Error) => end(() => reject(error))
    const onExit = (code: number) => end(() => reject(new Error(`a reading thread ended with ${code}`)))
    const end = (settle: () => void) => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit)
      settle()
    }
    worker.on('message', onMessage).on('error', onError).on('exit', onExit)
    worker.postMessage(task)
  })
}

function asError({ code, message, place, stack }: Failure): Error {
  if (code !== undefined) return new WhytimeoutError(code, message, place)
  return Object.assign(new Error(message), stack !== undefined && { stack })
}
