import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSorter } from '../../pipeline/run/sort.js'

test('sorts like Array.sort, however little memory it may use, and leaves nothing behind', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'sort-'))
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer(), { maxLength: 300 }),
      fc.integer({ min: 1, max: 40 }),
      async (numbers, maxItems) => {
        const sorter = createSorter<number>({
          dir,
          compare: (a, b) => a - b,
          encode: String,
          decode: Number,
          sizeOf: () => 8,
          maxItems,
          maxBytes: 1e6,
        })
        for (const n of numbers) await sorter.add(n)
        for (let twice = 0; twice < 2; twice++) {
          const out: number[] = []
          for await (const n of sorter.sorted()) out.push(n)
          expect(out).toEqual([...numbers].sort((a, b) => a - b))
        }
        await sorter.close()
      },
    ),
    { numRuns: 25 },
  )
  expect(await readdir(dir)).toEqual([])
  await rm(dir, { recursive: true })
}, 120_000)
