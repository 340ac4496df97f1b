import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { replay } from '../../pipeline/run/replay.js'
import { loadPack } from '../../pipeline/run/rules.js'
import { tellStory } from '../../pipeline/run/story.js'

const NOW = Date.parse('2026-11-24T00:00:00Z')
const STORY = join(import.meta.dirname, '../../fixtures/incidents/friday-afternoon')

test('a mechanism that is taken away takes no verdict of another cause with it', async () => {
  const pack = await loadPack()
  const stories = pack.mechanisms.flatMap((m) =>
    m.source.tests.map((t) => ({ name: `${m.id}: ${t.name}`, t, won: tellStory(pack, t).verdicts })),
  )
  for (const gone of pack.mechanisms) {
    const without = { ...pack, mechanisms: pack.mechanisms.filter((m) => m !== gone) }
    // Where it counted for nothing, it can be in nobody's way.
    const touched = stories.filter(({ won }) =>
      won.some((v) => v.whytimeout.detail.considered.some((c) => c.mechanism === gone.id)),
    )
    for (const { name, t, won } of touched)
      tellStory(without, t).verdicts.forEach((v, i) => {
        const before = won[i]?.whytimeout.verdict
        const after = v.whytimeout.verdict
        if (before === undefined || before.cause === gone.cause || before.cause === 'unknown') return
        expect(after.cause, `${name}, without ${gone.id}`).toBe(before.cause)
      })
  }
}, 240_000)

/** Names that say nothing of a cause, for names that say nothing of a cause; of the same length, so that masks and offsets stay. */
const RENAMED: readonly (readonly [RegExp, string])[] = [
  [/T0412(\d\d)/g, 'K9083$1'],
  [/SHOP-0412/g, 'MALL-7730'],
  [/\b203\.0\.113\./g, '198.51.100.'],
  [/\b192\.168\.12\./g, '172.20.140.'],
]

describe('no verdict hangs on a name', () => {
  test('another terminal, another site, other addresses: the same causes at the same times', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'renamed-'))
    try {
      await cp(STORY, dir, { recursive: true })
      for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue
        const path = join(entry.parentPath, entry.name)
        // Byte for byte: one of the logs is GB18030.
        let text = await readFile(path, 'latin1')
        for (const [pattern, other] of RENAMED) text = text.replace(pattern, other)
        await writeFile(path, text, 'latin1')
      }
      const told = async (path: string) => {
        const { verdicts } = await replay({ paths: [path], now: NOW })
        return verdicts
          .map((v) => `${v['@timestamp']} ${v.whytimeout.episode.phase} ${v.whytimeout.verdict.mechanism}`)
          .sort()
      }
      const [original, renamed] = [await told(STORY), await told(dir)]
      expect(original.length).toBeGreaterThan(80)
      expect(renamed).toEqual(original)
    } finally {
      await rm(dir, { recursive: true })
    }
  }, 60_000)
})
