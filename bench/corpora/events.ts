import { encodeEvent, type StreamEvent } from '../../pipeline/stream/messages.js'
import { createRawParser } from '../../pipeline/stream/parser.js'
import { type Corpus, messagesOf } from './corpus.js'
import { inputsOf } from './index.js'

/** What the first stage makes of a corpus, in the order of its messages, each encoded as it travels. */
export async function eventsOf(corpus: Corpus, perMessage = 20) {
  const { pack, record, latenessMs } = await inputsOf(corpus)
  const parser = createRawParser({
    ...{ topic: 'raw', partition: 0, pack, latenessMs, record, messages: 'lines' as const },
    ...{ start: 0n, emitFrom: 0n, clock: undefined },
  })
  const texts: { readonly text: string; readonly at: number }[] = []
  const take = (e: StreamEvent) => texts.push({ text: encodeEvent(e), at: e.at })
  for (const [i, m] of messagesOf(corpus, perMessage).entries()) {
    const headers = { host: m.host, log: m.log }
    for (const p of parser.take({ offset: BigInt(i), timestamp: m.at, key: undefined, value: m.value, headers }))
      if (p.kind === 'event') p.events.forEach(take)
  }
  for (const p of parser.flush()) if (p.kind === 'event') p.events.forEach(take)
  return { pack, latenessMs, events: texts.sort((a, b) => a.at - b.at) }
}
