import type { TopicWriter } from '../sinks/topic-writer.js'
import type { Source } from '../sources/source.js'
import { CODE_HEADER, STAGE_HEADER } from './dead-letters.js'
import type { Observer } from './observer.js'

/** The same source; the observer is told of what a stage is given and commits. */
export const observedSource = (source: Source, stage: string, observer: Observer): Source => ({
  ...source,
  run: (handlers) =>
    source.run({
      ...handlers,
      assigned: (partitions) => {
        observer.assigned(stage, partitions)
        handlers.assigned(partitions)
      },
      restarting: (error) => {
        observer.restarted(stage, error)
        handlers.restarting?.(error)
      },
    }),
  commit: async (topic, partition, committed) => {
    const isDone = await source.commit(topic, partition, committed)
    observer.committed(stage, isDone)
    return isDone
  },
})

/** The same writer; the observer is told of dead letters once they are written. */
export const observedWriter = <W extends Pick<TopicWriter, 'send'>>(
  writer: W,
  deadLetters: string,
  observer: Observer,
): W => ({
  ...writer,
  send: async (topic, messages) => {
    const written = await writer.send(topic, messages)
    if (topic !== deadLetters) return written
    const byStage = new Map<string, string[]>()
    for (const { headers = {} } of messages) {
      const stage = String(headers[STAGE_HEADER] ?? 'unknown')
      const codes = byStage.get(stage) ?? []
      byStage.set(stage, codes)
      codes.push(String(headers[CODE_HEADER] ?? 'unknown'))
    }
    for (const [stage, codes] of byStage) observer.deadLettered(stage, codes)
    return written
  },
})
