import { describe, expect, test } from 'vitest'
import { createLedger } from '../../pipeline/run/ledger.js'
import { decodeBooks, decodeNote, NO_COUNTS } from '../../pipeline/stream/messages.js'

function ledgerAt(from: bigint, isTaken: () => boolean = () => true) {
  const commits: { offset: bigint; metadata: string | undefined }[] = []
  const books: string[] = []
  const ledger = createLedger({
    source: {
      commit: async (_, __, c) => {
        if (isTaken()) commits.push(c)
        return isTaken()
      },
    },
    writer: {
      send: async (_, messages) => {
        for (const m of messages) books.push(String(m.value))
        return new Map()
      },
    },
    booksTopic: 'books',
    topic: 'raw',
    partition: 0,
    from,
    commitMs: 0,
    now: () => 0,
  })
  const spans = () => books.map((b) => decodeBooks(b)).map((b) => [b.from, b.to, b.read])
  return { ledger, spans, commits }
}
const one = { ...NO_COUNTS, read: 1, filtered: 1 }

describe('one partition’s place in the books', () => {
  test('entries follow each other, and travel with the commit', async () => {
    const { ledger, spans, commits } = ledgerAt(5n)
    ledger.add(one)
    await ledger.commit({ resumeAt: 4n, to: 8n, note: { clock: 1 } })
    await ledger.commit({ resumeAt: 6n, to: 8n, note: { clock: 2 } })
    ledger.add(one)
    ledger.add(one)
    await ledger.commit({ resumeAt: 9n, to: 12n, note: { clock: 3 } })
    expect(spans()).toEqual([
      [5n, 8n, 1],
      [8n, 12n, 2],
    ])
    expect(commits.map((c) => c.offset)).toEqual([4n, 6n, 9n])
    expect(decodeNote(commits[2]?.metadata).books).toMatchObject({ from: 8n, to: 12n, read: 2 })
  })
  test('a commit that was refused leaves its counts to the next', async () => {
    let isOurs = false
    const { ledger, spans } = ledgerAt(0n, () => isOurs)
    ledger.add(one)
    await ledger.commit({ resumeAt: 3n, to: 3n, note: {} })
    isOurs = true
    ledger.add(one)
    await ledger.commit({ resumeAt: 7n, to: 7n, note: {} })
    expect(spans()).toEqual([[0n, 7n, 2]])
  })
  test('records deleted before they were read leave a hole; deleted lines that were only read again leave none', async () => {
    const { ledger, spans } = ledgerAt(10n)
    ledger.skipTo(8n)
    ledger.add(one)
    await ledger.commit({ resumeAt: 12n, to: 12n, note: {} })
    ledger.skipTo(20n)
    ledger.add(one)
    await ledger.commit({ resumeAt: 25n, to: 25n, note: {} })
    expect(spans()).toEqual([
      [10n, 12n, 1],
      [20n, 25n, 1],
    ])
  })
})
