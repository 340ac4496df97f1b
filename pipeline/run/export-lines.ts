import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { OriginEntry } from '../../schemas/origin.js'
import { decode, isBinary } from '../parse/decode.js'
import { mask } from '../parse/mask.js'
import { originName, timeSpans } from '../parse/record.js'
import type { LogFile, Root } from '../sources/files.js'
import { linesOf } from './inputs.js'

/** From and to which line of a file; nothing where it is absent. */
export type Range = { readonly from: number; readonly to: number }

/** Which lines hold the records of a time: from the first one's to the last one's, whatever lies between. */
export function rangeFinder() {
  const ranges = new Map<number, { from: number; to: number }>()
  const open = new Set<string>()
  return {
    /** Records of one log in their order. `log` tells the logs of one file apart. */
    see: (file: number, log: string, line: number, isKept: boolean | undefined): void => {
      const key = `${file} ${log}`
      const range = ranges.get(file)
      // Until the next record begins, lines belong to the one before; one without a time goes with its neighbours.
      if (open.has(key) && range) range.to = Math.max(range.to, isKept === false ? line - 1 : line)
      if (isKept === false) open.delete(key)
      if (!isKept) return
      open.add(key)
      if (!range) ranges.set(file, { from: line, to: line })
      else {
        range.from = Math.min(range.from, line)
        range.to = Math.max(range.to, line)
      }
    },
    found: (): ReadonlyMap<number, Range> => {
      for (const key of open) {
        const range = ranges.get(Number(key.split(' ', 1)[0]))
        if (range) range.to = Number.POSITIVE_INFINITY
      }
      return ranges
    },
  }
}

/** Where a file stands below the root that it was found in, without the suffix of its compression. */
export function placeBelow(file: LogFile, roots: readonly Root[]): readonly string[] {
  const root = roots.find((r) => resolve(file.path).startsWith(resolve(r.path) + sep))
  const parts = root ? relative(root.path, file.path).split(/[\\/]/) : [file.path.split(/[\\/]/).at(-1) as string]
  const inside = parts.slice(parts[0] === 'logs' && parts.length > 1 ? 1 : 0)
  // Wherever it was found, its folder says whose log it is.
  if (file.host !== undefined && inside.at(-2) !== file.host) inside.splice(-1, 0, file.host)
  return inside.map((part, i) => (i === inside.length - 1 ? part.replace(/\.(?:gz|zst|xz|bz2)$/i, '') : part))
}

export type Copying = {
  readonly file: LogFile
  readonly range: Range
  readonly to: string
  readonly entryFor: (origin: string) => OriginEntry
  /** Whole values that are shown though they look like cards. */
  readonly shown: ReadonlySet<string>
  readonly now: number
  readonly rewrite: (text: string) => string
}

/** Writes lines of a log as UTF-8, card data hidden, rewritten. @returns lines written, and lines left out because they are no text */
export async function copyLines({ file, range, to, entryFor, shown, now, rewrite }: Copying) {
  const entry = entryFor(originName(file.host, file.name))
  let written = 0
  let leftOut = 0
  await mkdir(dirname(to), { recursive: true })
  const out = createWriteStream(to)
  try {
    for await (const lines of linesOf(file)) {
      if ((lines[0]?.number ?? 0) > range.to) break
      let text = ''
      for (const line of lines) {
        if (line.number < range.from || line.number > range.to) continue
        if (isBinary(line.text)) {
          leftOut++
          continue
        }
        const decoded = decode(line.text, entry.charset)
        text += `${rewrite(mask(decoded, { spans: timeSpans(decoded, entry, now), values: shown }))}\n`
        written++
      }
      if (text !== '' && !out.write(text)) await once(out, 'drain')
    }
  } finally {
    out.end()
    await once(out, 'close')
  }
  return { written, leftOut }
}

export const pathOf = (dir: string, parts: readonly string[]): string => join(dir, ...parts)
